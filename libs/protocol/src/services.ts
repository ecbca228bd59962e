// The services of proto/rondo/v1, loaded once, with typed clients.

import { fileURLToPath } from 'node:url';
import { loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { ChunkFrame } from './chunk.ts';
import type { ProtoGrpcType as JobsPackage } from './generated/jobs.ts';
import type { ProtoGrpcType as WorkPackage } from './generated/work.ts';

/** `Hello.protocolVersion`; a coordinator refuses others. */
export const protocolVersion = 5;

/** src/ and dist/ lie equally deep, so one path serves both. */
export const protoFolder = fileURLToPath(new URL('../../../proto', import.meta.url));

/** For reflection and health checking, which want the package as proto-loader loaded it. */
export const packageDefinition = loadSync(['rondo/v1/work.proto', 'rondo/v1/jobs.proto'], {
  includeDirs: [protoFolder],
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});

const work = (packageDefinition['rondo.v1.WorkService'] as ServiceDefinition).Work as MethodDefinition<object, object>;
work.requestSerialize = withChunks(work.requestSerialize);
work.responseSerialize = withChunks(work.responseSerialize);
work.requestDeserialize = orEmpty(work.requestDeserialize);

const { v1 } = (loadPackageDefinition(packageDefinition) as unknown as WorkPackage & JobsPackage).rondo;

/** gRPC client constructors; `.service` is the definition that a server adds. */
export const WorkService = v1.WorkService;
export const JobService = v1.JobService;

/** Chunks write themselves. */
function withChunks(serialize: (message: object) => Buffer): (frame: object) => Buffer {
  return (frame) => (frame instanceof ChunkFrame ? (frame as unknown as Buffer) : serialize(frame));
}

/** Bytes that are no message read as one without content, which a stream refuses with a reason; gRPC would give none. */
function orEmpty(deserialize: (bytes: Buffer) => object): (bytes: Buffer) => object {
  return (bytes) => {
    try {
      return deserialize(bytes);
    } catch {
      return {};
    }
  };
}
