use super::*;

/// Written by `model/reference/write_bin_fixture.py`.
fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pytorch_model.bin")
}

#[test]
fn tensors_of_every_kind_are_read() {
    let file = PytorchFile::open(&fixture()).unwrap();
    let shapes: HashMap<String, Vec<usize>> = file.tensors().map(|tensor| (tensor.name, tensor.shape)).collect();
    let expected: [(&str, &[usize], &[f32]); 8] = [
        ("language_model.model.shared.weight", &[6, 2], &[0., 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11.]),
        (
            "language_model.model.encoder.embed_tokens.weight",
            &[6, 2],
            &[0., 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11.],
        ),
        ("image_projection", &[2, 3], &[0., 1., 2., 3., 4., 5.]),
        ("image_proj_norm.weight", &[3], &[0.5, -1.25, 3.]),
        ("image_proj_norm.bias", &[3], &[1e-3, 2., -7.5]),
        ("view.offset", &[4], &[4., 5., 6., 7.]),
        ("view.turned", &[3, 2], &[0., 3., 1., 4., 2., 5.]),
        ("scalar", &[], &[7.]),
    ];
    for (name, shape, values) in expected {
        assert_eq!(shapes[name], shape, "{name}");
        assert_eq!(file.read(name).unwrap(), values, "{name}");
    }
    assert_eq!(shapes.len(), 9);
    let message = file.read("ids").unwrap_err().to_string();
    assert!(message.contains("pytorch_model.bin: tensor ids holds LongStorage"), "{message}");
}

#[test]
fn damaged_files_say_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pytorch_model.bin");
    let whole = std::fs::read(fixture()).unwrap();
    let cases: [(&[u8], &str); 5] = [
        (&whole[..whole.len() / 2], "cut short"),
        (b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "no data.pkl"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "before PyTorch 1.6"),
        (b"<html>", "not a PyTorch file"),
        (b"", "not a PyTorch file"),
    ];
    for (bytes, wanted) in cases {
        std::fs::write(&path, bytes).unwrap();
        let message = PytorchFile::open(&path).unwrap_err().to_string();
        assert!(message.contains("pytorch_model.bin can't be used") && message.contains(wanted), "{message}");
    }
}

#[test]
fn no_flipped_byte_can_bring_the_reader_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pytorch_model.bin");
    let whole = std::fs::read(fixture()).unwrap();
    let mut refused = 0;
    // Every fifth is enough to meet each kind of field, and keeps the test short.
    for place in (0..whole.len()).step_by(5) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0xff;
        std::fs::write(&path, bytes).unwrap();
        match PytorchFile::open(&path) {
            // Reading may fail or give wrong numbers; what matters is that it returns.
            Ok(file) => file.tensors().for_each(|tensor| drop(file.read(&tensor.name))),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn pickles_are_followed_and_not_run() {
    let tensors = |pickle: &[u8]| pickle::read(pickle);
    // {"a": os.system("true")}, and the same beside a tensor's dictionary that isn't there.
    let call = b"\x80\x02}q\0X\x01\0\0\0acos\nsystem\nX\x04\0\0\0true\x85Rs.";
    assert!(tensors(call).unwrap_err().contains("holds no tensors"));
    assert!(tensors(b"\x80\x02K\x01.").unwrap_err().contains("no dictionary of tensors"));
    assert!(tensors(b"\x80\x02}").unwrap_err().contains("ends too early"));
    assert!(tensors(b"\x80\x020.").unwrap_err().contains("more from its stack"));
    assert!(tensors(b"\x80\x02h\x07.").unwrap_err().contains("never stored"));
    assert!(tensors(b"\x80\x02\x84.").unwrap_err().contains("instruction 0x84"));
    let global = b"\x80\x02}(X\x01\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0";
    // A tensor of -1 rows.
    let negative = [&global[..], b"0X\x03\0\0\0cpuK\x01tQK\0J\xff\xff\xff\xff\x85K\x01\x85\x89Nt\x52u."].concat();
    assert!(tensors(&negative).unwrap_err().contains("impossible shape"));
    // {"state_dict": {"a": tensor}}, with a long as its offset.
    let nested = [
        &b"\x80\x02}X\x0a\0\0\0state_dict"[..],
        &global[2..],
        b"0X\x03\0\0\0cpuK\x01tQ\x8a\x01\x02K\x03\x85K\x01\x85\x89NtRus.",
    ];
    let nested = tensors(&nested.concat()).unwrap();
    assert_eq!((nested["a"].offset, nested["a"].shape.as_slice()), (2, &[3][..]));
    assert_eq!(nested["a"].span(), Some((2, 5)));
}

#[test]
fn sizes_that_overflow_have_no_span() {
    let tensor = |shape: &[usize], strides: &[usize]| PickledTensor {
        storage_type: "FloatStorage".into(),
        storage_key: "0".into(),
        offset: 1,
        shape: shape.into(),
        strides: strides.into(),
    };
    assert_eq!(tensor(&[usize::MAX, 2], &[0, 0]).span(), None);
    assert_eq!(tensor(&[2], &[usize::MAX]).span(), None);
    assert_eq!(tensor(&[0, 5], &[5, 1]).span(), Some((1, 1)));
    assert_eq!(tensor(&[0, 5], &[5, 1]).gather(vec![]), Vec::<f32>::new());
    assert_eq!(tensor(&[2, 1], &[1, 9]).gather(vec![1., 2.]), [1., 2.]);
    assert_eq!(tensor(&[2, 2], &[0, 1]).gather(vec![1., 2.]), [1., 2., 1., 2.]);
}
