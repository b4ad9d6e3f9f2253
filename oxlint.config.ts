import { defineConfig } from 'oxlint'

const SERVICES = ['ingress', 'analyzer', 'query'] as const
type Service = (typeof SERVICES)[number]

/** What no file of a service may import. */
const closedTo = (service: Service) => {
  const others = SERVICES.filter((other) => other !== service)
  return {
    paths: [{ name: 'kafkajs', message: 'kafkajs stays behind packages/runtime/src/kafka.' }],
    patterns: [
      {
        group: [
          ...others.flatMap((other) => [`@insights/${other}/*`, `**/${other}/**`]),
          '@insights/gateway/*',
          '@insights/cli/*',
        ],
        message: 'Services talk only through topics: no service imports another (design, section 11).',
      },
    ],
  }
}

/** The workspaces of testing/ are for tests, and what is served imports none of them. */
const TESTING = {
  group: [...['fixtures', 'e2e', 'bench', 'eval'].map((name) => `@insights/${name}/*`), '**/testing/**'],
  message: 'testing/ is for tests and benchmarks: production code imports nothing of it (design, section 11).',
}
const TESTS = ['**/*.test.ts', '**/*.fixture.ts']

type Override = NonNullable<Parameters<typeof defineConfig>[0]['overrides']>[number]

/** Wiring: these files know the folders, and no folder knows them. */
const ROOT_FILES = [
  'config',
  'counters',
  'create-analyzer',
  'derive-setup',
  'gauges',
  'main',
  'run-parts',
  'tell-readiness',
  'wake-up',
  'world',
]

/** The folders of the analyzer, lowest first, and which of the others each may import. */
const ANALYZER_FOLDERS: Record<string, readonly string[]> = {
  text: [],
  partitions: [],
  provider: [],
  work: ['text', 'partitions'],
  question: ['text', 'provider'],
  group: ['provider'],
  slots: ['work'],
  answer: ['text', 'provider', 'work', 'question'],
  outcomes: ['partitions', 'provider', 'work', 'answer'],
  calls: ['provider', 'work', 'question', 'group', 'slots', 'answer', 'outcomes'],
  intake: ['text', 'partitions', 'work', 'outcomes', 'calls'],
}

const analyzerFolders = Object.entries(ANALYZER_FOLDERS).map(([folder, allowed]) => {
  const closed = Object.keys(ANALYZER_FOLDERS).filter((other) => other !== folder && !allowed.includes(other))
  const { paths, patterns } = closedTo('analyzer')
  const may = allowed.length === 0 ? 'no other folder of the analyzer' : allowed.join(', ')
  const message = `services/analyzer/src/${folder} may import ${may}; what it needs of others is handed in.`
  const direction = { group: closed.map((other) => `**/${other}/**`), message }
  const root = { group: ROOT_FILES.map((name) => `**/${name}.ts`), message }
  return {
    files: [`services/analyzer/src/${folder}/**/*.ts`],
    excludeFiles: TESTS,
    rules: { 'no-restricted-imports': ['error', { paths, patterns: [...patterns, TESTING, direction, root] }] },
  } satisfies Override
})

/** What the API answers, a folder for each kind. */
const API_ADDRESSES = [
  'api/insights',
  'api/facets',
  'api/trends',
  'api/usage',
  'api/stream',
  'api/export',
  'api/failures',
  'api/redrives',
  'api/conversations',
]
const API_ALLOWED = ['tables', 'database', 'counts', 'api/parameters', 'api/reading', 'api/publishing', 'api/selection']

/**
 * The folders of query, lowest first, and which of the others each may import. The wiring, projector-parts.ts, knows
 * them all.
 */
const QUERY_FOLDERS: Record<string, readonly string[]> = {
  tables: [],
  database: [],
  owner: ['database'],
  counts: ['tables', 'database'],
  'projector/merge': ['tables', 'counts'],
  'projector/read': ['tables', 'projector/merge'],
  'projector/write': ['tables', 'database', 'counts', 'projector/merge', 'projector/read'],
  'projector/words': ['database', 'projector/write'],
  projector: [
    'tables',
    'database',
    'owner',
    'counts',
    'projector/merge',
    'projector/read',
    'projector/write',
    'projector/words',
  ],
  retention: ['tables', 'database', 'counts', 'projector', 'projector/merge', 'projector/write'],
  verify: ['database', 'owner', 'counts'],
  rebuild: [
    'tables',
    'database',
    'owner',
    'counts',
    'projector',
    'projector/merge',
    'projector/read',
    'projector/write',
  ],
  'api/selection': ['counts', 'api/reading'],
  'api/parameters': ['counts', 'api/selection'],
  'api/reading': ['database', 'api/selection'],
  'api/publishing': [],
  ...Object.fromEntries(API_ADDRESSES.map((folder) => [folder, API_ALLOWED])),
  // It gives insights as the list does.
  'api/stream': [...API_ALLOWED, 'api/insights'],
  api: ['database', 'owner', ...API_ADDRESSES, 'api/parameters', 'api/reading', 'api/publishing'],
}

/** Folders that have folders. */
const PARENTS = new Set(['projector', 'api'])

const queryFolders = Object.entries(QUERY_FOLDERS).map(([folder, allowed]) => {
  const closed = Object.keys(QUERY_FOLDERS).filter((other) => other !== folder && !allowed.includes(other))
  const { paths, patterns } = closedTo('query')
  const may = allowed.length === 0 ? 'no other folder of query' : allowed.join(', ')
  const message = `services/query/src/${folder} may import ${may}; what it needs of others is handed in.`
  // Files of `projector` and `api` themselves, as their folders see them.
  const own = folder.includes('/') ? [{ regex: String.raw`^\.\./[^/]+\.ts$`, message }] : []
  // Their names alone mean their own files: those of their folders are named by their last part.
  const group = closed.map((other) => (PARENTS.has(other) ? `**/${other}/*.ts` : `**/${other.split('/').at(-1)}/**`))
  return {
    files: [`services/query/src/${folder}/${PARENTS.has(folder) ? '*.ts' : '**/*.ts'}`],
    excludeFiles: [...TESTS, 'services/query/src/projector/projector-parts.ts'],
    rules: {
      'no-restricted-imports': ['error', { paths, patterns: [...patterns, TESTING, { group, message }, ...own] }],
    },
  } satisfies Override
})

/** The folders of the pipeline package, and which of the others each may import; the files of its root are for all. */
const PIPELINE_FOLDERS: Record<string, readonly string[]> = {
  sink: [],
  estimate: [],
  'publish-again': [],
  redrive: ['publish-again'],
}

const ofPipeline = {
  paths: ['kafkajs', 'fastify', 'pg', 'slonik'].map((name) => ({
    name,
    message: 'packages/pipeline knows the contract and the Kafka adapter: no driver, no routes, no database.',
  })),
  patterns: [
    {
      group: [...SERVICES.map((name) => `@insights/${name}/*`), '**/services/**'],
      message: 'packages/pipeline imports runtime and schemas, never a service (design, section 11).',
    },
    TESTING,
  ],
}

const pipelineFolders = Object.entries(PIPELINE_FOLDERS).map(([folder, allowed]) => {
  const closed = Object.keys(PIPELINE_FOLDERS).filter((other) => other !== folder && !allowed.includes(other))
  const may = ['its root', ...allowed].join(', ')
  const message = `packages/pipeline/src/${folder} may import ${may}; what it needs of others is handed in.`
  const direction = { group: closed.map((other) => `**/${other}/**`), message }
  return {
    files: [`packages/pipeline/src/${folder}/**/*.ts`],
    excludeFiles: TESTS,
    rules: {
      'no-restricted-imports': ['error', { paths: ofPipeline.paths, patterns: [...ofPipeline.patterns, direction] }],
    },
  } satisfies Override
})

/** The folders of the stack, lowest first: each may import those before it. Its own root starts the servers. */
const STACK_FOLDERS = ['servers', 'data-directory', 'processes', 'local', 'docker', 'start-', 'pipeline', 'testing']

const stackFolders = STACK_FOLDERS.map((folder, index) => {
  const above = STACK_FOLDERS.slice(index + 1).join('|')
  const message = `infra/stack/src/${folder} may import only the folders before it in infra/stack/README.md.`
  const direction = { regex: `^\\.\\.?/(${above || '$'})`, message }
  return {
    files: [folder === 'start-' ? 'infra/stack/src/*.ts' : `infra/stack/src/${folder}/**/*.ts`],
    excludeFiles: TESTS,
    rules: { 'no-restricted-imports': ['error', { patterns: [TESTING, direction] }] },
  } satisfies Override
})

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node', 'vitest'],
  categories: {
    correctness: 'error',
    suspicious: 'error',
    perf: 'error',
  },
  env: {
    node: true,
    es2024: true,
  },
  ignorePatterns: ['node_modules', '.data', '**/*.d.ts'],
  rules: {
    'no-await-in-loop': 'off',
    'no-shadow': 'off',
    'no-underscore-dangle': 'off',
    'unicorn/no-array-sort': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-non-null-assertion': 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    eqeqeq: 'error',
    'no-console': 'error',
    'prefer-const': 'error',
    'vitest/no-focused-tests': 'error',
    'vitest/no-disabled-tests': 'error',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/require-post-message-target-origin': 'off',
    'import/no-named-as-default-member': 'off',
    'oxc/no-async-endpoint-handlers': 'off',
    'vitest/valid-expect': [
      'error',
      {
        maxArgs: 2,
      },
    ],
    'promise/no-promise-in-callback': 'off',
  },
  overrides: [
    {
      files: ['oxlint.config.ts', 'vitest.config.ts', 'infra/stack/src/testing/vitest-global-setup.ts'],
      rules: {
        'import/no-default-export': 'off',
      },
    },
    {
      files: [
        'cli/**/*.ts',
        'infra/**/*.ts',
        'testing/bench/**/*.ts',
        '**/write-*.ts',
        'testing/e2e/**/*.ts',
        '.ci/*.mjs',
        'infra/**/*.mjs',
      ],
      rules: {
        'no-console': 'off',
      },
    },
    {
      files: ['packages/runtime/**/*.ts'],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              {
                group: [
                  '@insights/schemas/*',
                  '@insights/pipeline/*',
                  '@insights/ingress/*',
                  '@insights/analyzer/*',
                  '@insights/query/*',
                  '**/services/**',
                  '**/schemas/**',
                  '**/pipeline/**',
                ],
                message:
                  'packages/runtime knows no domain word: not schemas, pipeline or services (design, section 11).',
              },
              TESTING,
            ],
          },
        ],
      },
    },
    {
      files: ['packages/pipeline/**/*.ts'],
      rules: { 'no-restricted-imports': ['error', ofPipeline] },
    },
    {
      files: ['cli/**/*.ts', 'infra/**/*.ts'],
      // The table of faults is made from the rows that a test proves.
      excludeFiles: [...TESTS, 'cli/src/docs/faults-table.ts'],
      rules: { 'no-restricted-imports': ['error', { patterns: [TESTING] }] },
    },
    {
      files: ['testing/fixtures/**/*.ts'],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              {
                group: [
                  ...[...SERVICES, 'e2e', 'bench', 'eval'].map((name) => `@insights/${name}/*`),
                  '**/services/**',
                ],
                message:
                  "testing/fixtures imports no service: the services' own tests take it, and packages must not need each other in a circle.",
              },
            ],
          },
        ],
      },
    },
    {
      files: ['schemas/**/*.ts'],
      excludeFiles: ['schemas/**/*.test.ts'],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              {
                group: ['@insights/*', '@insights/*/*', 'kafkajs', 'fastify', 'pg', 'slonik'],
                message:
                  'schemas is the contract: it imports zod, Avro, the registry client, uuid and lru-cache only (design, section 11).',
              },
            ],
          },
        ],
      },
    },
    ...SERVICES.flatMap((service): Override[] => {
      const files = [`services/${service}/**/*.ts`]
      const { paths, patterns } = closedTo(service)
      return [
        { files, rules: { 'no-restricted-imports': ['error', { paths, patterns }] } },
        {
          files,
          excludeFiles: TESTS,
          rules: { 'no-restricted-imports': ['error', { paths, patterns: [...patterns, TESTING] }] },
        },
      ]
    }),
    ...pipelineFolders,
    ...analyzerFolders,
    ...queryFolders,
    ...stackFolders,
  ],
})
