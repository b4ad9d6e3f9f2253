import { serviceVariables } from '@insights/runtime/config/shared-variables'
import { httpUrl, port } from '@insights/runtime/config/variable-kinds'
import { z } from 'zod'

const origin = (description: string, byDefault: string) =>
  httpUrl()
    .refine((url) => new URL(url).pathname === '/', 'must be an address without a path')
    .transform((url) => new URL(url).origin)
    .default(byDefault)
    .describe(description)

export const variables = z.object({
  ...serviceVariables,
  GATEWAY_PORT: port().default(8000).describe('Port of the gateway: `/api/v1` of ingress and query on one address'),
  INGRESS_URL: origin('Where the gateway finds ingress', 'http://127.0.0.1:8001'),
  QUERY_URL: origin('Where the gateway finds query', 'http://127.0.0.1:8002'),
})
