// The wire, typed: services, channels set for tensors, and the stream between a coordinator and a worker.

export { isLoopback } from './address.ts';
export * from './channel.ts';
export { keepCollectionsShort } from './collection.ts';
export { connectionReason } from './connection-reason.ts';
export { ProtocolFault, type ProtocolFaultCode } from './fault.ts';
export { Broadcast } from './frames.ts';
export type { Action__Output as Action } from './generated/rondo/v1/Action.ts';
export type { DeviceKind__Output as DeviceKind } from './generated/rondo/v1/DeviceKind.ts';
export type { EngineOffer__Output as EngineOffer } from './generated/rondo/v1/EngineOffer.ts';
export type { FetchResponse__Output as FetchResponse } from './generated/rondo/v1/FetchResponse.ts';
export type { JobServiceClient, JobServiceHandlers } from './generated/rondo/v1/JobService.ts';
export type { ListResponse__Output as ListResponse } from './generated/rondo/v1/ListResponse.ts';
export type { Phase__Output as Phase } from './generated/rondo/v1/Phase.ts';
export type { RunStatus__Output as RunStatus } from './generated/rondo/v1/RunStatus.ts';
export type { StatusResponse__Output as StatusResponse } from './generated/rondo/v1/StatusResponse.ts';
export type { WatchResponse__Output as WatchResponse } from './generated/rondo/v1/WatchResponse.ts';
export type { WorkerStatus__Output as WorkerStatus } from './generated/rondo/v1/WorkerStatus.ts';
export type { WorkResponse } from './generated/rondo/v1/WorkResponse.ts';
export type { WorkServiceClient, WorkServiceHandlers } from './generated/rondo/v1/WorkService.ts';
export type { PlaceTensor } from './inbox.ts';
export * from './limits.ts';
export * from './log-limits.ts';
export type { FromCoordinator, FromWorker, Outgoing, Received } from './messages.ts';
export { organizationOf, type Role, roles, tokenAudience } from './roles.ts';
export * from './services.ts';
export { byName, byShard, flatTensors, shardTensors } from './shard-tensors.ts';
export { TensorPool } from './tensor-pool.ts';
export { type NamedTensor, type TensorHeader, typeFromWire, typesOnWire, type WireType } from './tensors.ts';
export { type ClientIdentity, clientChannel, type ServerTlsEvents, serverCredentials } from './tls.ts';
export {
  CoordinatorStream,
  type StreamEnd,
  type Traffic,
  WorkerStream,
  type WorkStreamHandlers,
  type WorkStreamOptions,
} from './work-stream.ts';
