export { ApiFailure, aborted, asFailure, type FailureKind } from './failure';
export {
  Client,
  type FilePath,
  type IBringing,
  type IClient,
  type ILogPage,
  type IRevision,
  type ISeriesQuery
} from './client';
