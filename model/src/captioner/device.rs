//! Where the model runs, and in which floating-point type.

use std::{fmt, sync::Arc};

use burn_flex::{Flex, FlexDevice};

use super::runtime::{self, Runtime};
use crate::{
    checkpoint::{Checkpoint, CheckpointError},
    nn::Residence,
};

/// Where the model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The first CUDA device when CUDA is built in and a driver is there, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The CUDA device with this index.
    Cuda(usize),
}

/// The floating-point type the model computes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits: the CPU's, and the reference's.
    F32,
    /// 16 bits, the default on a GPU and what Florence-2 was trained in.
    F16,
    /// 16 bits with the range of 32 and three digits less than f16.
    Bf16,
}

/// Where to run a model.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadOptions {
    /// Where it runs.
    pub device: Device,
    /// In which precision; `None`: f32 on a CPU, f16 on a GPU.
    pub precision: Option<Precision>,
    /// When the weights of each half of the network are on the device.
    pub residence: Residence,
    /// Most bytes of image features that are kept on the device for further questions about the same pictures; 0
    /// keeps none. A picture takes 1.8 MB with the base model in f32.
    pub feature_cache_bytes: usize,
}

/// Why a device can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The program was built without CUDA.
    #[error("this program was built without CUDA; build it with `--features cuda`, or use the device `cpu`")]
    CudaNotBuiltIn,
    /// CUDA is built in, but there is no driver.
    #[error(
        "no NVIDIA driver was found, so there is no device `cuda:{0}`; install the driver, or use the device `cpu`"
    )]
    NoDriver(usize),
    /// The CPU computes in f32 only.
    #[error("the CPU runs in fp32 only, but {0} was asked for; leave the precision out, or use a GPU")]
    CpuPrecision(Precision),
    /// Not the name of a device.
    #[error("there is no device `{0}`; use `auto`, `cpu`, `cuda` or `cuda:N`")]
    UnknownDevice(String),
    /// Not the name of a precision.
    #[error("there is no precision `{0}`; use `fp32`, `fp16` or `bf16`")]
    UnknownPrecision(String),
}

impl std::str::FromStr for Device {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::UnknownDevice(text.into());
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" | "gpu" => Ok(Self::Cuda(0)),
            other => {
                other.strip_prefix("cuda:").and_then(|index| index.parse().ok()).map(Self::Cuda).ok_or_else(unknown)
            }
        }
    }
}

impl std::str::FromStr for Precision {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        match text.to_ascii_lowercase().as_str() {
            "fp32" | "f32" => Ok(Self::F32),
            "fp16" | "f16" => Ok(Self::F16),
            "bf16" => Ok(Self::Bf16),
            _ => Err(DeviceError::UnknownPrecision(text.into())),
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::F32 => "fp32",
            Self::F16 => "fp16",
            Self::Bf16 => "bf16",
        })
    }
}

/// A device and a precision that go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placement {
    Cpu,
    #[cfg(feature = "cuda")]
    Cuda(usize, Precision),
}

impl LoadOptions {
    /// Checks that the device is there and can do what is asked.
    pub(super) fn placement(self) -> Result<Placement, DeviceError> {
        match self.device {
            Device::Cuda(index) => on_cuda(index, self.precision),
            Device::Auto if cuda_driver_is_there() => on_cuda(0, self.precision),
            Device::Auto | Device::Cpu => match self.precision {
                None | Some(Precision::F32) => Ok(Placement::Cpu),
                Some(other) => Err(DeviceError::CpuPrecision(other)),
            },
        }
    }
}

#[cfg(feature = "cuda")]
fn on_cuda(index: usize, precision: Option<Precision>) -> Result<Placement, DeviceError> {
    if !cuda_driver_is_there() {
        return Err(DeviceError::NoDriver(index));
    }
    Ok(Placement::Cuda(index, precision.unwrap_or(Precision::F16)))
}

#[cfg(not(feature = "cuda"))]
fn on_cuda(_index: usize, _precision: Option<Precision>) -> Result<Placement, DeviceError> {
    Err(DeviceError::CudaNotBuiltIn)
}

impl Placement {
    pub(super) fn describe(self) -> String {
        match self {
            Self::Cpu => "cpu".into(),
            #[cfg(feature = "cuda")]
            Self::Cuda(index, _) => format!("cuda:{index}"),
        }
    }

    pub(super) fn precision(self) -> Precision {
        match self {
            Self::Cpu => Precision::F32,
            #[cfg(feature = "cuda")]
            Self::Cuda(_, precision) => precision,
        }
    }

    pub(super) fn load(
        self,
        checkpoint: &Checkpoint,
        options: LoadOptions,
    ) -> Result<Arc<dyn Runtime>, CheckpointError> {
        match self {
            Self::Cpu => runtime::load::<Flex>(checkpoint, &FlexDevice, options),
            #[cfg(feature = "cuda")]
            Self::Cuda(index, precision) => {
                use burn_cuda::{Cuda, CudaDevice};
                let device = CudaDevice::new(index);
                match precision {
                    Precision::F32 => runtime::load::<Cuda<f32, i32>>(checkpoint, &device, options),
                    Precision::F16 => runtime::load::<Cuda<half::f16, i32>>(checkpoint, &device, options),
                    Precision::Bf16 => runtime::load::<Cuda<half::bf16, i32>>(checkpoint, &device, options),
                }
            }
        }
    }
}

/// Whether the kernel has NVIDIA's driver loaded. Asking CUDA itself would load its libraries, which panics without
/// them.
fn cuda_driver_is_there() -> bool {
    cfg!(feature = "cuda")
        && (std::path::Path::new("/dev/nvidiactl").exists() || std::path::Path::new("/dev/dxg").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_and_precisions_are_read_as_people_write_them() {
        assert_eq!("CUDA:1".parse::<Device>().unwrap(), Device::Cuda(1));
        assert_eq!("cpu".parse::<Device>().unwrap(), Device::Cpu);
        assert!("cuda:x".parse::<Device>().unwrap_err().to_string().contains("cuda:N"));
        assert_eq!("fp16".parse::<Precision>().unwrap(), Precision::F16);
        assert!("int8".parse::<Precision>().unwrap_err().to_string().contains("fp32"));
    }

    #[test]
    fn half_precision_on_the_cpu_is_refused_with_a_way_out() {
        let options = LoadOptions { device: Device::Cpu, precision: Some(Precision::F16), ..LoadOptions::default() };
        assert_eq!(
            options.placement().unwrap_err().to_string(),
            "the CPU runs in fp32 only, but fp16 was asked for; leave the precision out, or use a GPU"
        );
    }
}
