// Original file: ../../proto/rondo/v1/jobs.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ControlRequest as _rondo_v1_ControlRequest, ControlRequest__Output as _rondo_v1_ControlRequest__Output } from '../../rondo/v1/ControlRequest.ts';
import type { ControlResponse as _rondo_v1_ControlResponse, ControlResponse__Output as _rondo_v1_ControlResponse__Output } from '../../rondo/v1/ControlResponse.ts';
import type { FetchRequest as _rondo_v1_FetchRequest, FetchRequest__Output as _rondo_v1_FetchRequest__Output } from '../../rondo/v1/FetchRequest.ts';
import type { FetchResponse as _rondo_v1_FetchResponse, FetchResponse__Output as _rondo_v1_FetchResponse__Output } from '../../rondo/v1/FetchResponse.ts';
import type { ListRequest as _rondo_v1_ListRequest, ListRequest__Output as _rondo_v1_ListRequest__Output } from '../../rondo/v1/ListRequest.ts';
import type { ListResponse as _rondo_v1_ListResponse, ListResponse__Output as _rondo_v1_ListResponse__Output } from '../../rondo/v1/ListResponse.ts';
import type { LogsRequest as _rondo_v1_LogsRequest, LogsRequest__Output as _rondo_v1_LogsRequest__Output } from '../../rondo/v1/LogsRequest.ts';
import type { LogsResponse as _rondo_v1_LogsResponse, LogsResponse__Output as _rondo_v1_LogsResponse__Output } from '../../rondo/v1/LogsResponse.ts';
import type { StatusRequest as _rondo_v1_StatusRequest, StatusRequest__Output as _rondo_v1_StatusRequest__Output } from '../../rondo/v1/StatusRequest.ts';
import type { StatusResponse as _rondo_v1_StatusResponse, StatusResponse__Output as _rondo_v1_StatusResponse__Output } from '../../rondo/v1/StatusResponse.ts';
import type { SubmitRequest as _rondo_v1_SubmitRequest, SubmitRequest__Output as _rondo_v1_SubmitRequest__Output } from '../../rondo/v1/SubmitRequest.ts';
import type { SubmitResponse as _rondo_v1_SubmitResponse, SubmitResponse__Output as _rondo_v1_SubmitResponse__Output } from '../../rondo/v1/SubmitResponse.ts';
import type { WatchRequest as _rondo_v1_WatchRequest, WatchRequest__Output as _rondo_v1_WatchRequest__Output } from '../../rondo/v1/WatchRequest.ts';
import type { WatchResponse as _rondo_v1_WatchResponse, WatchResponse__Output as _rondo_v1_WatchResponse__Output } from '../../rondo/v1/WatchResponse.ts';

export interface JobServiceClient extends grpc.Client {
  /**
   * FAILED_PRECONDITION when the run's phase does not allow the action.
   */
  Control(argument: _rondo_v1_ControlRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_ControlResponse__Output>): grpc.ClientUnaryCall;
  Control(argument: _rondo_v1_ControlRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rondo_v1_ControlResponse__Output>): grpc.ClientUnaryCall;
  Control(argument: _rondo_v1_ControlRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_ControlResponse__Output>): grpc.ClientUnaryCall;
  Control(argument: _rondo_v1_ControlRequest, callback: grpc.requestCallback<_rondo_v1_ControlResponse__Output>): grpc.ClientUnaryCall;
  /**
   * FAILED_PRECONDITION when the run's phase does not allow the action.
   */
  control(argument: _rondo_v1_ControlRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_ControlResponse__Output>): grpc.ClientUnaryCall;
  control(argument: _rondo_v1_ControlRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rondo_v1_ControlResponse__Output>): grpc.ClientUnaryCall;
  control(argument: _rondo_v1_ControlRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_ControlResponse__Output>): grpc.ClientUnaryCall;
  control(argument: _rondo_v1_ControlRequest, callback: grpc.requestCallback<_rondo_v1_ControlResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The run's folder, file by file: spec, metrics, ledger, vocabulary, newest and best checkpoint.
   */
  Fetch(argument: _rondo_v1_FetchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_FetchResponse__Output>;
  Fetch(argument: _rondo_v1_FetchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_FetchResponse__Output>;
  /**
   * The run's folder, file by file: spec, metrics, ledger, vocabulary, newest and best checkpoint.
   */
  fetch(argument: _rondo_v1_FetchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_FetchResponse__Output>;
  fetch(argument: _rondo_v1_FetchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_FetchResponse__Output>;
  
  List(argument: _rondo_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _rondo_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rondo_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _rondo_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _rondo_v1_ListRequest, callback: grpc.requestCallback<_rondo_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _rondo_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _rondo_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rondo_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _rondo_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _rondo_v1_ListRequest, callback: grpc.requestCallback<_rondo_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Log lines of a run, then live ones with `follow` until the run ends.
   */
  Logs(argument: _rondo_v1_LogsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_LogsResponse__Output>;
  Logs(argument: _rondo_v1_LogsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_LogsResponse__Output>;
  /**
   * Log lines of a run, then live ones with `follow` until the run ends.
   */
  logs(argument: _rondo_v1_LogsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_LogsResponse__Output>;
  logs(argument: _rondo_v1_LogsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_LogsResponse__Output>;
  
  /**
   * NOT_FOUND for an unknown run, as in every call below.
   */
  Status(argument: _rondo_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _rondo_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rondo_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _rondo_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _rondo_v1_StatusRequest, callback: grpc.requestCallback<_rondo_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  /**
   * NOT_FOUND for an unknown run, as in every call below.
   */
  status(argument: _rondo_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _rondo_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rondo_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _rondo_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _rondo_v1_StatusRequest, callback: grpc.requestCallback<_rondo_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Queues a training job. Faults of the spec come back in the answer, all at once, and nothing is queued then.
   */
  Submit(argument: _rondo_v1_SubmitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_SubmitResponse__Output>): grpc.ClientUnaryCall;
  Submit(argument: _rondo_v1_SubmitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rondo_v1_SubmitResponse__Output>): grpc.ClientUnaryCall;
  Submit(argument: _rondo_v1_SubmitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_SubmitResponse__Output>): grpc.ClientUnaryCall;
  Submit(argument: _rondo_v1_SubmitRequest, callback: grpc.requestCallback<_rondo_v1_SubmitResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Queues a training job. Faults of the spec come back in the answer, all at once, and nothing is queued then.
   */
  submit(argument: _rondo_v1_SubmitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_SubmitResponse__Output>): grpc.ClientUnaryCall;
  submit(argument: _rondo_v1_SubmitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_rondo_v1_SubmitResponse__Output>): grpc.ClientUnaryCall;
  submit(argument: _rondo_v1_SubmitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_rondo_v1_SubmitResponse__Output>): grpc.ClientUnaryCall;
  submit(argument: _rondo_v1_SubmitRequest, callback: grpc.requestCallback<_rondo_v1_SubmitResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Metrics from a given step on, then live until the run ends; a status at the start and at every change.
   */
  Watch(argument: _rondo_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_WatchResponse__Output>;
  Watch(argument: _rondo_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_WatchResponse__Output>;
  /**
   * Metrics from a given step on, then live until the run ends; a status at the start and at every change.
   */
  watch(argument: _rondo_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_WatchResponse__Output>;
  watch(argument: _rondo_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_rondo_v1_WatchResponse__Output>;
  
}

export interface JobServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * FAILED_PRECONDITION when the run's phase does not allow the action.
   */
  Control: grpc.handleUnaryCall<_rondo_v1_ControlRequest__Output, _rondo_v1_ControlResponse>;
  
  /**
   * The run's folder, file by file: spec, metrics, ledger, vocabulary, newest and best checkpoint.
   */
  Fetch: grpc.handleServerStreamingCall<_rondo_v1_FetchRequest__Output, _rondo_v1_FetchResponse>;
  
  List: grpc.handleUnaryCall<_rondo_v1_ListRequest__Output, _rondo_v1_ListResponse>;
  
  /**
   * Log lines of a run, then live ones with `follow` until the run ends.
   */
  Logs: grpc.handleServerStreamingCall<_rondo_v1_LogsRequest__Output, _rondo_v1_LogsResponse>;
  
  /**
   * NOT_FOUND for an unknown run, as in every call below.
   */
  Status: grpc.handleUnaryCall<_rondo_v1_StatusRequest__Output, _rondo_v1_StatusResponse>;
  
  /**
   * Queues a training job. Faults of the spec come back in the answer, all at once, and nothing is queued then.
   */
  Submit: grpc.handleUnaryCall<_rondo_v1_SubmitRequest__Output, _rondo_v1_SubmitResponse>;
  
  /**
   * Metrics from a given step on, then live until the run ends; a status at the start and at every change.
   */
  Watch: grpc.handleServerStreamingCall<_rondo_v1_WatchRequest__Output, _rondo_v1_WatchResponse>;
  
}

export interface JobServiceDefinition extends grpc.ServiceDefinition {
  Control: MethodDefinition<_rondo_v1_ControlRequest, _rondo_v1_ControlResponse, _rondo_v1_ControlRequest__Output, _rondo_v1_ControlResponse__Output>
  Fetch: MethodDefinition<_rondo_v1_FetchRequest, _rondo_v1_FetchResponse, _rondo_v1_FetchRequest__Output, _rondo_v1_FetchResponse__Output>
  List: MethodDefinition<_rondo_v1_ListRequest, _rondo_v1_ListResponse, _rondo_v1_ListRequest__Output, _rondo_v1_ListResponse__Output>
  Logs: MethodDefinition<_rondo_v1_LogsRequest, _rondo_v1_LogsResponse, _rondo_v1_LogsRequest__Output, _rondo_v1_LogsResponse__Output>
  Status: MethodDefinition<_rondo_v1_StatusRequest, _rondo_v1_StatusResponse, _rondo_v1_StatusRequest__Output, _rondo_v1_StatusResponse__Output>
  Submit: MethodDefinition<_rondo_v1_SubmitRequest, _rondo_v1_SubmitResponse, _rondo_v1_SubmitRequest__Output, _rondo_v1_SubmitResponse__Output>
  Watch: MethodDefinition<_rondo_v1_WatchRequest, _rondo_v1_WatchResponse, _rondo_v1_WatchRequest__Output, _rondo_v1_WatchResponse__Output>
}
