// Original file: ../../proto/rondo/v1/work.proto

/**
 * Little-endian, row-major.
 */
export const ElementType = {
  ELEMENT_TYPE_UNSPECIFIED: 'ELEMENT_TYPE_UNSPECIFIED',
  ELEMENT_TYPE_FLOAT32: 'ELEMENT_TYPE_FLOAT32',
  ELEMENT_TYPE_INT32: 'ELEMENT_TYPE_INT32',
} as const;

/**
 * Little-endian, row-major.
 */
export type ElementType =
  | 'ELEMENT_TYPE_UNSPECIFIED'
  | 0
  | 'ELEMENT_TYPE_FLOAT32'
  | 1
  | 'ELEMENT_TYPE_INT32'
  | 2

/**
 * Little-endian, row-major.
 */
export type ElementType__Output = typeof ElementType[keyof typeof ElementType]
