// Original file: ../../proto/rondo/v1/work.proto

export const DeviceKind = {
  DEVICE_KIND_UNSPECIFIED: 'DEVICE_KIND_UNSPECIFIED',
  DEVICE_KIND_GPU: 'DEVICE_KIND_GPU',
  DEVICE_KIND_SOFTWARE_GPU: 'DEVICE_KIND_SOFTWARE_GPU',
  DEVICE_KIND_CPU: 'DEVICE_KIND_CPU',
} as const;

export type DeviceKind =
  | 'DEVICE_KIND_UNSPECIFIED'
  | 0
  | 'DEVICE_KIND_GPU'
  | 1
  | 'DEVICE_KIND_SOFTWARE_GPU'
  | 2
  | 'DEVICE_KIND_CPU'
  | 3

export type DeviceKind__Output = typeof DeviceKind[keyof typeof DeviceKind]
