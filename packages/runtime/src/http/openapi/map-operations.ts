import type { Operation } from './describe-operation.ts'

type Paths = Record<string, Record<string, Operation>>
export interface Document {
  paths?: Paths
  components?: Record<string, Record<string, unknown>>
}

/** Changes every operation; `key` is its `operationKey`. */
export const mapOperations = (paths: Paths, change: (key: string, operation: Operation) => Operation): Paths =>
  Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [
          method,
          change(operationKey(method, path), operation),
        ]),
      ),
    ]),
  )

/** Method and path, as a route has them or as the document writes them. */
export const operationKey = (method: string | string[], url: string): string =>
  `${[method].flat().join(' ').toLowerCase()} ${url.replaceAll(/:(\w+)/g, '{$1}')}`
