export { ApiFailure, aborted, asFailure, type FailureKind } from './failure';
export { Client, type IClient, type IRevision } from './client';
