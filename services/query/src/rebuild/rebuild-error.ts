/** Why there is no rebuild, in words for the operator. */
export class RebuildError extends Error {
  override name = 'RebuildError'
}
