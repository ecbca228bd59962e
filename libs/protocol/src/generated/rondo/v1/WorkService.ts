// Original file: ../../proto/rondo/v1/work.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { WorkRequest as _rondo_v1_WorkRequest, WorkRequest__Output as _rondo_v1_WorkRequest__Output } from '../../rondo/v1/WorkRequest.ts';
import type { WorkResponse as _rondo_v1_WorkResponse, WorkResponse__Output as _rondo_v1_WorkResponse__Output } from '../../rondo/v1/WorkResponse.ts';

export interface WorkServiceClient extends grpc.Client {
  /**
   * The worker sends Hello first; the coordinator answers Welcome or ends the stream with a status that says why.
   */
  Work(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_rondo_v1_WorkRequest, _rondo_v1_WorkResponse__Output>;
  Work(options?: grpc.CallOptions): grpc.ClientDuplexStream<_rondo_v1_WorkRequest, _rondo_v1_WorkResponse__Output>;
  /**
   * The worker sends Hello first; the coordinator answers Welcome or ends the stream with a status that says why.
   */
  work(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_rondo_v1_WorkRequest, _rondo_v1_WorkResponse__Output>;
  work(options?: grpc.CallOptions): grpc.ClientDuplexStream<_rondo_v1_WorkRequest, _rondo_v1_WorkResponse__Output>;
  
}

export interface WorkServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * The worker sends Hello first; the coordinator answers Welcome or ends the stream with a status that says why.
   */
  Work: grpc.handleBidiStreamingCall<_rondo_v1_WorkRequest__Output, _rondo_v1_WorkResponse>;
  
}

export interface WorkServiceDefinition extends grpc.ServiceDefinition {
  Work: MethodDefinition<_rondo_v1_WorkRequest, _rondo_v1_WorkResponse, _rondo_v1_WorkRequest__Output, _rondo_v1_WorkResponse__Output>
}
