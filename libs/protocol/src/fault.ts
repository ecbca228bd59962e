// What goes wrong on the wire: one error class, each fault with a stable code.

export type ProtocolFaultCode =
  /** A message that is damaged, without content, or of a kind that this version does not know. */
  | 'unknown-message'
  | 'missing-bundle'
  /** Tensors from a worker that did not say hello. */
  | 'missing-hello'
  /** A transfer's number is not greater than the one before, or greater than 2^53 - 1. */
  | 'repeated-transfer'
  | 'too-many-tensors'
  | 'bad-tensor-header'
  | 'bundle-too-large'
  /** A chunk that belongs to no open transfer. */
  | 'unexpected-chunk'
  | 'wrong-tensor'
  | 'wrong-offset'
  | 'wrong-step'
  | 'wrong-size'
  | 'wrong-checksum'
  /** Another message, or the stream's end, before the last chunk. */
  | 'truncated-bundle'
  /** The peer takes what is sent too slowly: the outgoing queue is full. */
  | 'queue-full'
  | 'cannot-listen'
  /** Files of certificates, or of a token, that cannot be used. */
  | 'bad-tls'
  | 'bad-token';

/** An operating fault: the peer or the network, not this program, is to blame. */
export class ProtocolFault extends Error {
  override readonly name = 'ProtocolFault';
  readonly code: ProtocolFaultCode;

  constructor(code: ProtocolFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}
