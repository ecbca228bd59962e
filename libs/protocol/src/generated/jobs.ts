import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ControlRequest as _rondo_v1_ControlRequest, ControlRequest__Output as _rondo_v1_ControlRequest__Output } from './rondo/v1/ControlRequest.ts';
import type { ControlResponse as _rondo_v1_ControlResponse, ControlResponse__Output as _rondo_v1_ControlResponse__Output } from './rondo/v1/ControlResponse.ts';
import type { FetchRequest as _rondo_v1_FetchRequest, FetchRequest__Output as _rondo_v1_FetchRequest__Output } from './rondo/v1/FetchRequest.ts';
import type { FetchResponse as _rondo_v1_FetchResponse, FetchResponse__Output as _rondo_v1_FetchResponse__Output } from './rondo/v1/FetchResponse.ts';
import type { Hindrance as _rondo_v1_Hindrance, Hindrance__Output as _rondo_v1_Hindrance__Output } from './rondo/v1/Hindrance.ts';
import type { JobServiceClient as _rondo_v1_JobServiceClient, JobServiceDefinition as _rondo_v1_JobServiceDefinition } from './rondo/v1/JobService.ts';
import type { ListRequest as _rondo_v1_ListRequest, ListRequest__Output as _rondo_v1_ListRequest__Output } from './rondo/v1/ListRequest.ts';
import type { ListResponse as _rondo_v1_ListResponse, ListResponse__Output as _rondo_v1_ListResponse__Output } from './rondo/v1/ListResponse.ts';
import type { LogsRequest as _rondo_v1_LogsRequest, LogsRequest__Output as _rondo_v1_LogsRequest__Output } from './rondo/v1/LogsRequest.ts';
import type { LogsResponse as _rondo_v1_LogsResponse, LogsResponse__Output as _rondo_v1_LogsResponse__Output } from './rondo/v1/LogsResponse.ts';
import type { RunStatus as _rondo_v1_RunStatus, RunStatus__Output as _rondo_v1_RunStatus__Output } from './rondo/v1/RunStatus.ts';
import type { StatusRequest as _rondo_v1_StatusRequest, StatusRequest__Output as _rondo_v1_StatusRequest__Output } from './rondo/v1/StatusRequest.ts';
import type { StatusResponse as _rondo_v1_StatusResponse, StatusResponse__Output as _rondo_v1_StatusResponse__Output } from './rondo/v1/StatusResponse.ts';
import type { SubmitRequest as _rondo_v1_SubmitRequest, SubmitRequest__Output as _rondo_v1_SubmitRequest__Output } from './rondo/v1/SubmitRequest.ts';
import type { SubmitResponse as _rondo_v1_SubmitResponse, SubmitResponse__Output as _rondo_v1_SubmitResponse__Output } from './rondo/v1/SubmitResponse.ts';
import type { WatchRequest as _rondo_v1_WatchRequest, WatchRequest__Output as _rondo_v1_WatchRequest__Output } from './rondo/v1/WatchRequest.ts';
import type { WatchResponse as _rondo_v1_WatchResponse, WatchResponse__Output as _rondo_v1_WatchResponse__Output } from './rondo/v1/WatchResponse.ts';
import type { WorkerStatus as _rondo_v1_WorkerStatus, WorkerStatus__Output as _rondo_v1_WorkerStatus__Output } from './rondo/v1/WorkerStatus.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  rondo: {
    v1: {
      Action: EnumTypeDefinition
      ControlRequest: MessageTypeDefinition<_rondo_v1_ControlRequest, _rondo_v1_ControlRequest__Output>
      ControlResponse: MessageTypeDefinition<_rondo_v1_ControlResponse, _rondo_v1_ControlResponse__Output>
      FetchRequest: MessageTypeDefinition<_rondo_v1_FetchRequest, _rondo_v1_FetchRequest__Output>
      FetchResponse: MessageTypeDefinition<_rondo_v1_FetchResponse, _rondo_v1_FetchResponse__Output>
      Hindrance: MessageTypeDefinition<_rondo_v1_Hindrance, _rondo_v1_Hindrance__Output>
      JobService: SubtypeConstructor<typeof grpc.Client, _rondo_v1_JobServiceClient> & { service: _rondo_v1_JobServiceDefinition }
      ListRequest: MessageTypeDefinition<_rondo_v1_ListRequest, _rondo_v1_ListRequest__Output>
      ListResponse: MessageTypeDefinition<_rondo_v1_ListResponse, _rondo_v1_ListResponse__Output>
      LogsRequest: MessageTypeDefinition<_rondo_v1_LogsRequest, _rondo_v1_LogsRequest__Output>
      LogsResponse: MessageTypeDefinition<_rondo_v1_LogsResponse, _rondo_v1_LogsResponse__Output>
      Phase: EnumTypeDefinition
      RunStatus: MessageTypeDefinition<_rondo_v1_RunStatus, _rondo_v1_RunStatus__Output>
      StatusRequest: MessageTypeDefinition<_rondo_v1_StatusRequest, _rondo_v1_StatusRequest__Output>
      StatusResponse: MessageTypeDefinition<_rondo_v1_StatusResponse, _rondo_v1_StatusResponse__Output>
      SubmitRequest: MessageTypeDefinition<_rondo_v1_SubmitRequest, _rondo_v1_SubmitRequest__Output>
      SubmitResponse: MessageTypeDefinition<_rondo_v1_SubmitResponse, _rondo_v1_SubmitResponse__Output>
      WatchRequest: MessageTypeDefinition<_rondo_v1_WatchRequest, _rondo_v1_WatchRequest__Output>
      WatchResponse: MessageTypeDefinition<_rondo_v1_WatchResponse, _rondo_v1_WatchResponse__Output>
      WorkerStatus: MessageTypeDefinition<_rondo_v1_WorkerStatus, _rondo_v1_WorkerStatus__Output>
    }
  }
}

