import { judgeAnswer } from '@insights/analyzer/answer/judge-answer'
import { judgeReply } from '@insights/analyzer/answer/judge-reply'
import { readCompletion } from '@insights/analyzer/provider/read-completion'
import { classifyResponse, parseRetryAfter } from '@insights/analyzer/provider/classify-response'
import { cleanText } from '@insights/analyzer/text/clean-text'
import { suspicionOf } from '@insights/analyzer/text/injection/detect-suspicion'
import { cutToTokens, estimateTokens } from '@insights/analyzer/text/estimate-tokens'
import { findCards } from '@insights/analyzer/text/pii/find-cards'
import { findEmails } from '@insights/analyzer/text/pii/find-emails'
import { findIbans } from '@insights/analyzer/text/pii/find-ibans'
import { findInvisible } from '@insights/analyzer/text/injection/find-invisible'
import { findOrderNumbers } from '@insights/analyzer/text/pii/find-order-numbers'
import { findPhones } from '@insights/analyzer/text/pii/find-phones'
import { foldText, leetReadings, runsOf, toWords } from '@insights/analyzer/text/injection/fold-text'
import {
  ALL_PHRASES,
  findInstructionsIn,
  INSTRUCTIONS_IN_ONE_WORD,
  INSTRUCTIONS_IN_OTHER_SCRIPTS,
  scanWords,
} from '@insights/analyzer/text/injection/injection-phrases'
import { isHtml } from '@insights/analyzer/text/html/is-html'
import { readHtml } from '@insights/analyzer/text/html/read-html'
import { leaveOutHistory } from '@insights/analyzer/text/leave-out-history'
import { maskPii } from '@insights/analyzer/text/pii/mask-pii'
import { readEncoded } from '@insights/analyzer/text/injection/read-encoded'
import { parseJson } from '@insights/analyzer/provider/parse-json'
import { readResults } from '@insights/analyzer/answer/read-results'
import { laneOf } from '@insights/analyzer/work/lane'
import { toTurns } from '@insights/analyzer/text/to-turns'
import { deriveConversationId, deriveSubmissionId } from '@insights/ingress/derive-conversation-id'
import { parseTimestamp } from '@insights/ingress/parse-timestamp'
import { readIdempotencyKey } from '@insights/ingress/read-idempotency-key'
import { decodeCursor } from '@insights/query/api/parameters/cursor'
import { ListInsightsQuery } from '@insights/query/api/insights/list-query'
import { ListUsageQuery } from '@insights/query/api/usage/usage-query'
import { authorize } from '@insights/runtime/http/api-keys'
import { passHeaders } from '@insights/runtime/kafka/pass-headers'
import { readHeaders } from '@insights/runtime/kafka/wire-headers'
import { parseInstant } from '@insights/runtime/parse-instant'
import { childTraceparent } from '@insights/runtime/trace-context'
import { analysisFailedKey, toAnalysisFailed } from '@insights/schemas/events/to-analysis-failed'
import { headersTooLarge } from '@insights/schemas/events/limit-headers'
import { insightId } from '@insights/schemas/events/ids'
import {
  message,
  short,
  messages,
  conversation,
  result,
  responded,
  completed,
  request,
  event,
  readRecord,
  project,
  prepare,
  whole,
  record,
} from './step-inputs.fixture.ts'

/** Something that reads what strangers send. */
export interface TextStep {
  name: string
  /** The longest text that it gets in production, in UTF-16 units. */
  reaches: number
  step: (text: string) => unknown
}

const KIB = 1024
const MIB = 1024 * KIB
/** A body of ingress, a record of `conversations.received`, an answer of the provider, and all headers of a request. */
const [BODY, RECORD, ANSWER, HTTP_HEADERS] = [MIB, 2 * MIB, 2 * MIB, 16 * KIB]
/** What may leave in a prompt is cut before it is masked, at four times the tokens of an item: this many spaces. */
const MASKED = 256 * KIB

const masked = { maxTokens: 4_000, maskPii: true }
const aliases = ['a', 'b', 'c']
const bytes = (n: number): Buffer => Buffer.alloc(n, 1)
const header = (name: string, value: string) => ({ name, value: Buffer.from(value) })
/** A count of headers that no section holds. */
const HUNDREDS = Buffer.from([0xfe, 0xff, 0xff, 0x01])
const failure = { class: 'invalid', attempts: 0, retryable: false, failedAt: 0 } as const
const asked = { conversation_id: 'c', prompt_version: 'v', model: 'm' }
const keys = [{ name: 'a', sha256: '0'.repeat(64), scopes: [] }]

/** One row for each. A new step that reads such a text needs its row. */
export const textSteps: readonly TextStep[] = [
  // ingress
  {
    name: 'conversation request: a long text',
    reaches: BODY,
    step: (text) =>
      request({
        conversation_id: text,
        messages: [{ text, author_id: text, timestamp: text }],
        metadata: { [text]: text },
      }),
  },
  {
    name: 'conversation request: many messages',
    reaches: BODY,
    step: (text) => request({ messages: short(text).map((part) => ({ text: part, timestamp: part })) }),
  },
  {
    name: 'conversation request: metadata',
    reaches: BODY,
    step: (text) => request({ messages: [{ text: 'a' }], metadata: parseJson(text) }),
  },
  {
    name: 'timestamp of a message',
    reaches: BODY,
    step: (text) => [parseTimestamp(text), parseTimestamp(`2026-01-02T03:04:05.1${text}`)],
  },
  {
    name: 'Idempotency-Key',
    reaches: HTTP_HEADERS,
    step: (text) => [readIdempotencyKey(text), readIdempotencyKey(`"${text}"`)],
  },
  {
    name: 'ids derived from a request',
    reaches: BODY,
    step: (text) => [deriveConversationId(text, text), deriveSubmissionId(text, text, { text })],
  },
  {
    name: 'Authorization',
    reaches: HTTP_HEADERS,
    step: (text) => [authorize(keys, text, 'read'), authorize(keys, `Bearer ${text}`, 'read')],
  },
  {
    name: 'traceparent',
    reaches: RECORD,
    step: (text) => [
      childTraceparent(text, bytes),
      childTraceparent(`01-${'1'.repeat(32)}-${'1'.repeat(16)}-01-${text}`, bytes),
    ],
  },
  // query
  {
    name: 'query of insights',
    reaches: HTTP_HEADERS,
    step: (text) =>
      ListInsightsQuery.safeParse({
        start_time: text,
        end_time: text,
        limit: text,
        min_confidence: text,
        sentiment: text,
        cluster: text,
        cursor: text,
      }),
  },
  {
    name: 'query of usage',
    reaches: HTTP_HEADERS,
    step: (text) => ListUsageQuery.safeParse({ start_time: `2026-01-02T03:04:05.${text}`, end_time: text }),
  },
  {
    name: 'instant',
    reaches: HTTP_HEADERS,
    step: (text) => [parseInstant(text), parseInstant(`1${text}`), parseInstant(`2026-01-02T03:04:05.1${text}`)],
  },
  {
    name: 'cursor',
    reaches: HTTP_HEADERS,
    step: (text) => [decodeCursor(text), decodeCursor(Buffer.from(`[1,0,"${text}","f"]`).toString('base64url'))],
  },
  // records
  { name: 'frame and bytes of a record', reaches: RECORD, step: readRecord },
  {
    name: 'event: a long text',
    reaches: RECORD,
    step: (text) =>
      event({ ...conversation, conversation_id: text, source: text, submission_id: text, messages: [message(text)] }),
  },
  {
    name: 'event: many messages',
    reaches: RECORD,
    step: (text) =>
      event({
        ...conversation,
        messages: short(text).map((part) => ({ author_id: part, text: '', timestamp: part, inbound: part })),
      }),
  },
  {
    name: 'event: metadata',
    reaches: RECORD,
    step: (text) => [event({ ...conversation, metadata: text }), event({ ...conversation, metadata: `{"a":${text}}` })],
  },
  {
    name: 'failure of a record',
    reaches: RECORD,
    step: (text) =>
      analysisFailedKey(
        toAnalysisFailed({
          ...failure,
          record: { ...record, key: Buffer.from(text), value: Buffer.from(text) },
          problem: { type: text, title: text, detail: text },
        }),
      ),
  },
  {
    name: 'headers as they are on the wire',
    reaches: RECORD,
    step: (text) => headersTooLarge(readHeaders(Buffer.concat([HUNDREDS, Buffer.from(text)]))),
  },
  {
    name: 'headers passed on: long',
    reaches: RECORD,
    step: (text) =>
      passHeaders(
        ['traceparent', text].map((name) => header(name, text)),
        'x',
        bytes,
      ),
  },
  {
    name: 'headers passed on: many',
    reaches: RECORD,
    step: (text) =>
      passHeaders(
        short(text).map((part) => header(part, part)),
        'x',
        bytes,
      ),
  },
  {
    name: 'lane',
    reaches: RECORD,
    step: (text) => laneOf([header('lane', text), ...short(text).map((part) => header(part, part))]),
  },
  {
    name: 'insight id: a long text',
    reaches: RECORD,
    step: (text) => insightId({ ...asked, messages: [message(text)] }),
  },
  {
    name: 'insight id: many messages',
    reaches: RECORD,
    step: (text) => insightId({ ...asked, messages: messages(text) }),
  },
  { name: 'insight as a row', reaches: RECORD, step: project },
  // what looks like an attack
  { name: 'invisible characters', reaches: RECORD, step: findInvisible },
  { name: 'folding', reaches: RECORD, step: foldText },
  { name: 'words', reaches: RECORD, step: (text) => [toWords(text), toWords(foldText(text))] },
  { name: 'signs for letters', reaches: RECORD, step: leetReadings },
  { name: 'words without gaps', reaches: RECORD, step: (text) => [runsOf(text), runsOf(toWords(text))] },
  { name: 'scan of words', reaches: RECORD, step: scanWords },
  { name: 'encoded text', reaches: RECORD, step: readEncoded },
  { name: 'every phrase', reaches: RECORD, step: (text) => [...findInstructionsIn(toWords(text), ALL_PHRASES)] },
  {
    name: 'phrases in one word',
    reaches: RECORD,
    step: (text) => [INSTRUCTIONS_IN_ONE_WORD.exec(text), INSTRUCTIONS_IN_ONE_WORD.exec(runsOf(toWords(text)))],
  },
  { name: 'phrases in other scripts', reaches: RECORD, step: (text) => INSTRUCTIONS_IN_OTHER_SCRIPTS.exec(text) },
  { name: 'suspicion: a long text', reaches: RECORD, step: (text) => suspicionOf([{ text }]) },
  { name: 'suspicion: many messages', reaches: RECORD, step: (text) => suspicionOf(messages(text)) },
  { name: 'suspicion: an agent', reaches: RECORD, step: (text) => suspicionOf([{ text, inbound: false }]) },
  // what the model may see
  { name: 'HTML or not', reaches: RECORD, step: isHtml },
  { name: 'HTML', reaches: RECORD, step: (text) => [readHtml(text), readHtml(`<p ${text}`)] },
  { name: 'history of a mail', reaches: RECORD, step: (text) => leaveOutHistory(`a\n${text}`) },
  { name: 'cleaning', reaches: RECORD, step: cleanText },
  { name: 'tokens', reaches: RECORD, step: estimateTokens },
  {
    name: 'cut to tokens',
    reaches: RECORD,
    step: (text) => [cutToTokens(text, 1_300, 'start'), cutToTokens(text, 1_300, 'end')],
  },
  { name: 'turns: a long text', reaches: RECORD, step: (text) => toTurns([message(text)], whole) },
  { name: 'turns: many messages', reaches: RECORD, step: (text) => toTurns(messages(text), whole) },
  { name: 'turns: a long text, masked', reaches: RECORD, step: (text) => toTurns([message(text)], masked) },
  { name: 'turns: many messages, masked', reaches: RECORD, step: (text) => toTurns(messages(text), masked) },
  { name: 'masking', reaches: MASKED, step: maskPii },
  { name: 'e-mail addresses', reaches: MASKED, step: findEmails },
  { name: 'IBANs', reaches: MASKED, step: findIbans },
  { name: 'cards', reaches: MASKED, step: findCards },
  { name: 'order numbers', reaches: MASKED, step: findOrderNumbers },
  { name: 'phone numbers', reaches: MASKED, step: findPhones },
  { name: 'all of it: a long text', reaches: RECORD, step: (text) => prepare([message(text)], false) },
  { name: 'all of it: HTML', reaches: RECORD, step: (text) => prepare([message(`<p>${text}</p>`)], false) },
  { name: 'all of it: many messages', reaches: RECORD, step: (text) => prepare(messages(text), false) },
  { name: 'all of it: a long text, masked', reaches: RECORD, step: (text) => prepare([message(text)], true) },
  { name: 'all of it: many messages, masked', reaches: RECORD, step: (text) => prepare(messages(text), true) },
  // what the model answers
  {
    name: 'response that is no answer',
    reaches: ANSWER,
    step: (text) => [200, 400, 403, 429].map((status) => classifyResponse(responded(status, text), 0)),
  },
  { name: 'Retry-After', reaches: HTTP_HEADERS, step: (text) => parseRetryAfter({ get: () => text }, 0) },
  { name: 'answer', reaches: ANSWER, step: (text) => [readResults(text), readResults(`{"results":[{"x":${text}}]}`)] },
  {
    name: 'answer: results',
    reaches: ANSWER,
    step: (text) => [judgeAnswer(text, aliases), judgeAnswer(`{"results":[${text}]}`, aliases)],
  },
  { name: 'answer: a result', reaches: ANSWER, step: (text) => judgeAnswer(result(text), aliases) },
  {
    name: 'answer: completion',
    reaches: ANSWER,
    step: (text) => [
      judgeReply(readCompletion(completed(text), 0), { aliases, canaries: [] }),
      judgeReply(readCompletion(completed(result(text)), 0), { aliases, canaries: [] }),
    ],
  },
]
