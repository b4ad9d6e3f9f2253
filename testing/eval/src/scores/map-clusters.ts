import synonyms from '../../data/cluster-synonyms.json' with { type: 'json' }

export type Cluster = keyof typeof synonyms

/** The closed taxonomy of the labels; data/README.md says what each stands for. */
export const CLUSTERS = Object.keys(synonyms) as [Cluster, ...Cluster[]]

/**
 * A model's free labels in terms of the taxonomy: the same words after normalisation (`Late_Delivery` is `late
 * delivery`), or a synonym of data/cluster-synonyms.json. What is neither stands in `outside`, as it came: it is
 * neither right nor wrong for any label. No label at all means `other`.
 */
export function mapClusters(labels: readonly string[]): { clusters: Cluster[]; outside: string[] } {
  if (labels.length === 0) return { clusters: ['other'], outside: [] }
  const mapped = labels.map((label) => ({ label, cluster: CLUSTER_OF.get(normalizeLabel(label)) }))
  const clusters = mapped.flatMap(({ cluster }) => cluster ?? [])
  return {
    clusters: [...new Set(clusters)],
    outside: mapped.filter(({ cluster }) => cluster === undefined).map(({ label }) => label),
  }
}

/** NFKC, lower case, words apart by one space. */
export function normalizeLabel(label: string): string {
  return label
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-–/]+/g, ' ')
    .trim()
}

const CLUSTER_OF = new Map<string, Cluster>(
  CLUSTERS.flatMap((cluster) =>
    [cluster, ...synonyms[cluster]].map((label) => [normalizeLabel(label), cluster] as const),
  ),
)
