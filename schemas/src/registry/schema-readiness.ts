import type { Codec } from '../codec.ts'
import { RegistryAway, SchemaNotRegistered } from './connect-registry.ts'

/** Loads the codec: null when that worked, the reason when it may work later. Any other error rejects. */
export async function schemaReadiness(codec: Pick<Codec, 'load'>): Promise<string | null> {
  try {
    await codec.load()
    return null
  } catch (error) {
    if (!(error instanceof RegistryAway || error instanceof SchemaNotRegistered)) throw error
    return `the event schemas are not loaded yet: ${error.message}`
  }
}
