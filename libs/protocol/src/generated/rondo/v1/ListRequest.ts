// Original file: ../../proto/rondo/v1/jobs.proto


export interface ListRequest {
}

export interface ListRequest__Output {
}
