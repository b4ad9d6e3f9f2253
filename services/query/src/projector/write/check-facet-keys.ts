import type { ClientBase } from 'pg'

/** A rebuild has made the tables with other facet keys than those that are written here. */
export class OtherFacetKeys extends Error {
  override name = 'OtherFacetKeys'
}

/**
 * What is found here holds until the end of the transaction, because a rebuild swaps the tables under the locks of all
 * shards.
 * @throws OtherFacetKeys
 */
export async function checkFacetKeys(client: ClientBase, facetKeys: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ keys: string[] }>('select facet_keys as keys from projection')
  const known = rows[0]?.keys.join() ?? ''
  if (known !== facetKeys.join()) throw new OtherFacetKeys(describeOtherKeys(facetKeys.join(), known))
}

export const describeOtherKeys = (given: string, known: string): string =>
  `FACET_KEYS is "${given}", and the tables were made with "${known}": run npm run rebuild, or set it back`
