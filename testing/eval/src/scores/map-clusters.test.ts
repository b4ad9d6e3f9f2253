import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import synonyms from '../../data/cluster-synonyms.json' with { type: 'json' }
import { CLUSTERS, mapClusters, normalizeLabel } from './map-clusters.ts'

test('the same words are the same label however they are written; synonyms are counted once', () => {
  expect(mapClusters(['Late_Delivery', 'delivery  delay', 'LATE-DELIVERY', 'Reimbursement'])).toEqual({
    clusters: ['late delivery', 'refund'],
    outside: [],
  })
})

test('what the taxonomy does not know is counted for no label, and no label at all means `other`', () => {
  expect(mapClusters(['certified platinum partner'])).toEqual({ clusters: [], outside: ['certified platinum partner'] })
  expect(mapClusters([])).toEqual({ clusters: ['other'], outside: [] })
})

test('no synonym stands for two labels, or for another one’s name', () => {
  const names = CLUSTERS.flatMap((cluster) => [cluster, ...synonyms[cluster]].map(normalizeLabel))
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})

test('the taxonomy is the one that the labels were given by', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../data/README.md'), 'utf8')
  const [, section = ''] = /## Clusters\n(.*?)\n## /s.exec(readme) ?? []
  expect([...section.matchAll(/^\| `([^`]+)`/gm)].map(([, label]) => label)).toEqual(CLUSTERS)
})
