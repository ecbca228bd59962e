import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Alive as _rondo_v1_Alive, Alive__Output as _rondo_v1_Alive__Output } from './rondo/v1/Alive.ts';
import type { Assignment as _rondo_v1_Assignment, Assignment__Output as _rondo_v1_Assignment__Output } from './rondo/v1/Assignment.ts';
import type { Bundle as _rondo_v1_Bundle, Bundle__Output as _rondo_v1_Bundle__Output } from './rondo/v1/Bundle.ts';
import type { Cancel as _rondo_v1_Cancel, Cancel__Output as _rondo_v1_Cancel__Output } from './rondo/v1/Cancel.ts';
import type { Chunk as _rondo_v1_Chunk, Chunk__Output as _rondo_v1_Chunk__Output } from './rondo/v1/Chunk.ts';
import type { EngineOffer as _rondo_v1_EngineOffer, EngineOffer__Output as _rondo_v1_EngineOffer__Output } from './rondo/v1/EngineOffer.ts';
import type { Failure as _rondo_v1_Failure, Failure__Output as _rondo_v1_Failure__Output } from './rondo/v1/Failure.ts';
import type { Gradients as _rondo_v1_Gradients, Gradients__Output as _rondo_v1_Gradients__Output } from './rondo/v1/Gradients.ts';
import type { Hello as _rondo_v1_Hello, Hello__Output as _rondo_v1_Hello__Output } from './rondo/v1/Hello.ts';
import type { Idle as _rondo_v1_Idle, Idle__Output as _rondo_v1_Idle__Output } from './rondo/v1/Idle.ts';
import type { Leaving as _rondo_v1_Leaving, Leaving__Output as _rondo_v1_Leaving__Output } from './rondo/v1/Leaving.ts';
import type { Log as _rondo_v1_Log, Log__Output as _rondo_v1_Log__Output } from './rondo/v1/Log.ts';
import type { Prepare as _rondo_v1_Prepare, Prepare__Output as _rondo_v1_Prepare__Output } from './rondo/v1/Prepare.ts';
import type { ProgramText as _rondo_v1_ProgramText, ProgramText__Output as _rondo_v1_ProgramText__Output } from './rondo/v1/ProgramText.ts';
import type { Result as _rondo_v1_Result, Result__Output as _rondo_v1_Result__Output } from './rondo/v1/Result.ts';
import type { TensorHeader as _rondo_v1_TensorHeader, TensorHeader__Output as _rondo_v1_TensorHeader__Output } from './rondo/v1/TensorHeader.ts';
import type { Weights as _rondo_v1_Weights, Weights__Output as _rondo_v1_Weights__Output } from './rondo/v1/Weights.ts';
import type { Welcome as _rondo_v1_Welcome, Welcome__Output as _rondo_v1_Welcome__Output } from './rondo/v1/Welcome.ts';
import type { WorkRequest as _rondo_v1_WorkRequest, WorkRequest__Output as _rondo_v1_WorkRequest__Output } from './rondo/v1/WorkRequest.ts';
import type { WorkResponse as _rondo_v1_WorkResponse, WorkResponse__Output as _rondo_v1_WorkResponse__Output } from './rondo/v1/WorkResponse.ts';
import type { WorkServiceClient as _rondo_v1_WorkServiceClient, WorkServiceDefinition as _rondo_v1_WorkServiceDefinition } from './rondo/v1/WorkService.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  rondo: {
    v1: {
      Alive: MessageTypeDefinition<_rondo_v1_Alive, _rondo_v1_Alive__Output>
      Assignment: MessageTypeDefinition<_rondo_v1_Assignment, _rondo_v1_Assignment__Output>
      Bundle: MessageTypeDefinition<_rondo_v1_Bundle, _rondo_v1_Bundle__Output>
      Cancel: MessageTypeDefinition<_rondo_v1_Cancel, _rondo_v1_Cancel__Output>
      Chunk: MessageTypeDefinition<_rondo_v1_Chunk, _rondo_v1_Chunk__Output>
      DeviceKind: EnumTypeDefinition
      ElementType: EnumTypeDefinition
      EngineOffer: MessageTypeDefinition<_rondo_v1_EngineOffer, _rondo_v1_EngineOffer__Output>
      Failure: MessageTypeDefinition<_rondo_v1_Failure, _rondo_v1_Failure__Output>
      Gradients: MessageTypeDefinition<_rondo_v1_Gradients, _rondo_v1_Gradients__Output>
      Hello: MessageTypeDefinition<_rondo_v1_Hello, _rondo_v1_Hello__Output>
      Idle: MessageTypeDefinition<_rondo_v1_Idle, _rondo_v1_Idle__Output>
      Leaving: MessageTypeDefinition<_rondo_v1_Leaving, _rondo_v1_Leaving__Output>
      Log: MessageTypeDefinition<_rondo_v1_Log, _rondo_v1_Log__Output>
      Prepare: MessageTypeDefinition<_rondo_v1_Prepare, _rondo_v1_Prepare__Output>
      ProgramText: MessageTypeDefinition<_rondo_v1_ProgramText, _rondo_v1_ProgramText__Output>
      Result: MessageTypeDefinition<_rondo_v1_Result, _rondo_v1_Result__Output>
      TensorHeader: MessageTypeDefinition<_rondo_v1_TensorHeader, _rondo_v1_TensorHeader__Output>
      Weights: MessageTypeDefinition<_rondo_v1_Weights, _rondo_v1_Weights__Output>
      Welcome: MessageTypeDefinition<_rondo_v1_Welcome, _rondo_v1_Welcome__Output>
      WorkRequest: MessageTypeDefinition<_rondo_v1_WorkRequest, _rondo_v1_WorkRequest__Output>
      WorkResponse: MessageTypeDefinition<_rondo_v1_WorkResponse, _rondo_v1_WorkResponse__Output>
      WorkService: SubtypeConstructor<typeof grpc.Client, _rondo_v1_WorkServiceClient> & { service: _rondo_v1_WorkServiceDefinition }
    }
  }
}

