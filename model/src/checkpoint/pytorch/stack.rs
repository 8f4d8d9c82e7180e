//! The part of pickle's stack machine that describing tensors takes.

use std::{collections::HashMap, rc::Rc};

use super::pickle::PickledTensor;

/// What lies on the machine's stack.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Something that no tensor is made of: a float, a list, an object of a class that isn't known here.
    Other,
    Int(i64),
    Text(Rc<str>),
    /// A class or function, as "module name".
    Global(Rc<str>),
    Tuple(Rc<[Value]>),
    /// A dictionary, by its number: all that refer to it see what is put in later.
    Dict(usize),
    Storage(Rc<Storage>),
    Tensor(Rc<PickledTensor>),
}

/// A storage that tensors are views of.
#[derive(Debug)]
pub(super) struct Storage {
    kind: String,
    key: String,
}

/// Runs one pickle.
pub(super) struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    /// Heights of the stack at which marks lie.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    dicts: Vec<Vec<(Value, Value)>>,
}

const CUT_SHORT: &str = "its pickle ends too early";
const UNBALANCED: &str = "its pickle takes more from its stack than lies there";

type Outcome<T> = Result<T, String>;

impl<'a> Machine<'a> {
    pub(super) fn new(pickle: &'a [u8]) -> Self {
        Self { rest: pickle, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new(), dicts: Vec::new() }
    }

    /// The entries of a dictionary, in their order.
    pub(super) fn dict(&self, number: usize) -> &[(Value, Value)] {
        &self.dicts[number]
    }

    /// Runs to the end and returns the pickled value.
    pub(super) fn run(&mut self) -> Outcome<Value> {
        loop {
            let opcode = self.take::<1>()?[0];
            if opcode == b'.' {
                return self.pop();
            }
            self.step(opcode)?;
        }
    }

    fn step(&mut self, opcode: u8) -> Outcome<()> {
        match opcode {
            // Protocol version; frame length.
            0x80 => drop(self.take::<1>()?),
            0x95 => drop(self.take::<8>()?),
            // Constants, and what lists and sets start as: what they hold matters to no tensor.
            b'N' | 0x88 | 0x89 | b']' | 0x8f => self.push(Value::Other),
            b'G' => {
                self.take::<8>()?;
                self.push(Value::Other);
            }
            b'K' => {
                let value = self.take::<1>()?[0];
                self.push(Value::Int(value.into()));
            }
            b'M' => {
                let value = u16::from_le_bytes(self.take()?);
                self.push(Value::Int(value.into()));
            }
            b'J' => {
                let value = i32::from_le_bytes(self.take()?);
                self.push(Value::Int(value.into()));
            }
            0x8a => self.long()?,
            0x8c | b'U' => self.text::<1>()?,
            b'X' | b'T' => self.text::<4>()?,
            0x8d => self.text::<8>()?,
            b'C' => self.bytes::<1>()?,
            b'B' => self.bytes::<4>()?,
            b'c' => {
                let global = format!("{} {}", self.line()?, self.line()?);
                self.push(Value::Global(global.into()));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                self.push(match (module, name) {
                    (Value::Text(module), Value::Text(name)) => Value::Global(format!("{module} {name}").into()),
                    _ => Value::Other,
                });
            }
            // The stack itself. Items of lists and sets are forgotten, and so are objects' attributes: PyTorch hangs
            // version numbers on the dictionary.
            b'(' => self.marks.push(self.stack.len()),
            b'0' | b'a' | b'b' => drop(self.pop()?),
            b'1' | b'e' | 0x90 => drop(self.pop_to_mark()?),
            b'2' => {
                let top = self.top()?.clone();
                self.push(top);
            }
            // Memory.
            b'q' => {
                let place = self.take::<1>()?[0];
                self.remember(place.into())?;
            }
            b'r' => {
                let place = u32::from_le_bytes(self.take()?);
                self.remember(place)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => {
                let place = self.take::<1>()?[0];
                self.recall(place.into())?;
            }
            b'j' => {
                let place = u32::from_le_bytes(self.take()?);
                self.recall(place)?;
            }
            // Tuples and dictionaries.
            b')' => self.push(Value::Tuple([].into())),
            0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(opcode - 0x84)).ok_or(UNBALANCED)?;
                let items = self.stack.split_off(start);
                self.push(Value::Tuple(items.into()));
            }
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Value::Tuple(items.into()));
            }
            b'}' => self.push_dict(),
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_items(vec![key, value])?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set_items(items)?;
            }
            // Objects.
            b'Q' => {
                let id = self.pop()?;
                self.push(storage(&id));
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.call(&function, &arguments)?;
            }
            0x81 => {
                let _ = (self.pop()?, self.pop()?);
                self.push(Value::Other);
            }
            other => {
                return Err(format!("its pickle has the instruction {other:#04x}, which no file of tensors needs"));
            }
        }
        Ok(())
    }

    /// The few functions that make tensors; whatever else is called makes something unknown.
    fn call(&mut self, function: &Value, arguments: &Value) -> Outcome<()> {
        let (Value::Global(function), Value::Tuple(arguments)) = (function, arguments) else {
            self.push(Value::Other);
            return Ok(());
        };
        match (&**function, &**arguments) {
            ("collections OrderedDict", _) => self.push_dict(),
            (
                "torch._utils _rebuild_tensor_v2" | "torch._utils _rebuild_tensor",
                [Value::Storage(storage), Value::Int(offset), Value::Tuple(shape), Value::Tuple(strides), ..],
            ) => {
                let tensor = tensor(storage, *offset, shape, strides);
                let tensor = tensor.ok_or("its pickle describes a tensor with an impossible shape")?;
                self.push(Value::Tensor(tensor.into()));
            }
            (
                "torch._utils _rebuild_parameter" | "torch._utils _rebuild_parameter_with_state",
                [tensor @ Value::Tensor(_), ..],
            ) => self.push(tensor.clone()),
            ("torch._tensor _rebuild_from_type_v2", [function, _, arguments @ Value::Tuple(_), ..]) => {
                self.call(function, arguments)?;
            }
            _ => self.push(Value::Other),
        }
        Ok(())
    }

    fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    fn push_dict(&mut self) {
        self.dicts.push(Vec::new());
        self.push(Value::Dict(self.dicts.len() - 1));
    }

    fn pop(&mut self) -> Outcome<Value> {
        self.stack.pop().ok_or_else(|| UNBALANCED.into())
    }

    fn top(&self) -> Outcome<&Value> {
        self.stack.last().ok_or_else(|| UNBALANCED.into())
    }

    fn pop_to_mark(&mut self) -> Outcome<Vec<Value>> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len()).ok_or(UNBALANCED)?;
        Ok(self.stack.split_off(mark))
    }

    fn set_items(&mut self, items: Vec<Value>) -> Outcome<()> {
        if let Value::Dict(number) = *self.top()? {
            let mut items = items.into_iter();
            while let Some((key, value)) = items.next().zip(items.next()) {
                self.dicts[number].push((key, value));
            }
        }
        Ok(())
    }

    fn remember(&mut self, place: u32) -> Outcome<()> {
        let value = self.top()?.clone();
        self.memo.insert(place, value);
        Ok(())
    }

    fn recall(&mut self, place: u32) -> Outcome<()> {
        let value = self.memo.get(&place).cloned().ok_or("its pickle recalls what it never stored")?;
        self.push(value);
        Ok(())
    }

    fn long(&mut self) -> Outcome<()> {
        let length = self.take::<1>()?[0].into();
        let digits = self.take_slice(length)?;
        let mut bytes = [if digits.last().is_some_and(|top| top & 0x80 != 0) { 0xff } else { 0 }; 8];
        let value = match bytes.get_mut(..digits.len()) {
            Some(low) => {
                low.copy_from_slice(digits);
                Value::Int(i64::from_le_bytes(bytes))
            }
            None => Value::Other,
        };
        self.push(value);
        Ok(())
    }

    fn text<const SIZE: usize>(&mut self) -> Outcome<()> {
        let text =
            std::str::from_utf8(self.counted::<SIZE>()?).map_err(|_| "its pickle holds text that isn't UTF-8")?;
        let text = Value::Text(text.into());
        self.push(text);
        Ok(())
    }

    fn bytes<const SIZE: usize>(&mut self) -> Outcome<()> {
        self.counted::<SIZE>()?;
        self.push(Value::Other);
        Ok(())
    }

    /// Bytes behind their count, which takes `SIZE` bytes.
    fn counted<const SIZE: usize>(&mut self) -> Outcome<&'a [u8]> {
        let mut count = [0; 8];
        count[..SIZE].copy_from_slice(&self.take::<SIZE>()?);
        self.take_slice(usize::try_from(u64::from_le_bytes(count)).map_err(|_| CUT_SHORT)?)
    }

    fn line(&mut self) -> Outcome<&'a str> {
        let end = self.rest.iter().position(|byte| *byte == b'\n').ok_or(CUT_SHORT)?;
        let line = self.take_slice(end)?;
        self.take::<1>()?;
        std::str::from_utf8(line).map_err(|_| "its pickle holds a name that isn't UTF-8".into())
    }

    fn take<const SIZE: usize>(&mut self) -> Outcome<[u8; SIZE]> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(CUT_SHORT)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn take_slice(&mut self, length: usize) -> Outcome<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(CUT_SHORT)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// Reads a persistent id: `("storage", <type>, key, device, count)`.
fn storage(id: &Value) -> Value {
    let Value::Tuple(parts) = id else { return Value::Other };
    match &**parts {
        [Value::Text(_), Value::Global(kind), Value::Text(key), ..] => {
            let kind = kind.rsplit(' ').next().unwrap_or_default().to_owned();
            Value::Storage(Storage { kind, key: key.to_string() }.into())
        }
        _ => Value::Other,
    }
}

fn tensor(storage: &Storage, offset: i64, shape: &[Value], strides: &[Value]) -> Option<PickledTensor> {
    let numbers = |values: &[Value]| -> Option<Vec<usize>> {
        let number = |value: &Value| match value {
            Value::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        };
        values.iter().map(number).collect()
    };
    let (shape, strides) = (numbers(shape)?, numbers(strides)?);
    (shape.len() == strides.len()).then_some(PickledTensor {
        storage_type: storage.kind.clone(),
        storage_key: storage.key.clone(),
        offset: offset.try_into().ok()?,
        shape,
        strides,
    })
}
