/**
 * A mail without the earlier ones that it quotes and without its signature, with a mark in their place. A mail that
 * holds nothing else, for example a forwarded one, stays as it is. Expects the lines of `cleanText`.
 */
export function leaveOutHistory(text: string): string {
  const lines = text.split('\n')
  const kept: string[] = []
  let leavesOut = false
  let hasOwn = false
  let signature = 0
  const leaveOut = () => {
    if (!leavesOut) kept.push(HISTORY_OMITTED)
    leavesOut = true
  }
  for (const [i, line] of lines.entries()) {
    if (hasOwn && beginsHistory(lines, i)) {
      leaveOut()
      break
    }
    signature = line.length <= LONGEST && SIGNATURE.test(line) ? SIGNATURE_LINES : Math.max(0, signature - 1)
    if (signature > 0 || QUOTED.test(line) || introducesQuote(lines, i)) leaveOut()
    else if (!leavesOut || line.trim() !== '') {
      kept.push(line)
      leavesOut = false
      hasOwn ||= line.trim() !== '' && !isSeparator(line)
    }
  }
  return hasOwn ? kept.join('\n').trim() : text
}

export const HISTORY_OMITTED = '[… earlier mail omitted …]'

const QUOTED = /^ {0,3}>/
/** RFC 3676, and what phones add. */
const SIGNATURE =
  /^(?:--|sent from my .*|get outlook for .*|von meinem .* gesendet|envoyé de mon .*|enviado desde mi .*|enviado do meu .*|inviato da .*|verzonden vanaf mijn .*) ?$/i
/** What follows further down is no signature any more. */
const SIGNATURE_LINES = 12

/** What says whose words follow is short. */
const LONGEST = 300
const AHEAD = 5

/** Everything from here on is history, marked line by line or not. */
function beginsHistory(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? ''
  if (line.length > LONGEST) return false
  if (isSeparator(line)) return true
  if (DATED.test(line) && WROTE.test(line)) return !QUOTED.test(nextLine(lines, at))
  if (!SENDER.test(line)) return false
  return lines.slice(at + 1, at + AHEAD).filter((next) => next.length <= LONGEST && HEADER.test(next)).length >= 2
}

/** `On Monday, Ana wrote:` before lines that are marked, in one line or two. */
function introducesQuote(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? ''
  const next = nextLine(lines, at)
  if (line.length > LONGEST || next.length > LONGEST) return false
  if (WROTE.test(line)) return QUOTED.test(next)
  return DATED.test(line) && WROTE.test(next) && QUOTED.test(nextLine(lines, at + 1))
}

/** The one behind an empty one counts as the next. */
const nextLine = (lines: readonly string[], at: number): string => lines[at + 1] || lines[at + 2] || ''

const VERBS = String.raw`wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|napisał(?:\(a\))?|skrev|пишет|написал(?:\(а\))?|yazdı|写道|のメッセージ`
const WROTE = new RegExp(`(?:${VERBS})[^:：]{0,80}[:：]$`, 'i')
const DATED = /^(?:On|Am|Le|El|Il|Em|Op|W dniu|Den) .{0,80}\d/
const isSeparator = (line: string): boolean => line.length <= LONGEST && SEPARATOR.test(line)
const SEPARATOR =
  /^[-_ ]{2,}(?:original message|original-nachricht|ursprüngliche nachricht|message d['’]origine|message original|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|forwarded message|weitergeleitete nachricht)[-_ ]{2,}$|^_{20,}$/i
const SENDER = /^\*?(?:from|von|de|da|van|från|fra|от|发件人|差出人)\*? ?[:：]/i
const HEADER =
  /^\*?(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|fecha|para|asunto|inviato|data|a|oggetto|assunto|verzonden|aan|onderwerp|发送时间|收件人|主题|送信日時|宛先|件名)\*? ?[:：]/i
