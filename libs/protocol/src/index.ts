// The wire, typed: services, channels set for tensors, and the stream between a coordinator and a worker.

export * from './channel.ts';
export { ProtocolFault, type ProtocolFaultCode } from './fault.ts';
export { Phase } from './generated/rondo/v1/Phase.ts';
export * from './limits.ts';
export type { FromCoordinator, FromWorker, Outgoing, Received } from './messages.ts';
export * from './services.ts';
export type { Allocate, NamedTensor } from './tensors.ts';
export * from './work-stream.ts';
