import { expect, test } from 'vitest'
import { showLogLine } from './show-log-line.ts'

test('the screen stays quiet while all is well', () => {
  expect(showLogLine('query', '{"level":"info","msg":"joined"}')).toBeNull()
  expect(showLogLine('query', '{"level":30,"msg":"joined"}')).toBeNull()
  expect(showLogLine('query', '')).toBeNull()
})

test('warnings and worse are shown with their cause', () => {
  expect(showLogLine('query', '{"level":"error","msg":"lost","err":{"message":"refused"}}')).toBe(
    '[query] error: lost: refused',
  )
  expect(showLogLine('query', '{"level":40,"msg":"slow"}')).toBe('[query] warn: slow')
})

test('what a stranger wrote into an error does not reach the terminal as a command to it', () => {
  expect(showLogLine('query', JSON.stringify({ level: 40, msg: 'id \u001b[2J', err: { message: '\u202e' } }))).toBe(
    '[query] warn: id \\u{1b}[2J: \\u{202e}',
  )
  expect(showLogLine('query', 'at \u001b]0;x\u0007')).toBe('[query] at \\u{1b}]0;x\\u{7}')
})

test("Node's own last words are not swallowed", () => {
  expect(showLogLine('query', 'FATAL ERROR: heap out of memory')).toBe('[query] FATAL ERROR: heap out of memory')
  expect(showLogLine('query', '{broken')).toBe('[query] {broken')
  expect(showLogLine('query', "  input: 'postgres://user:hunter2#@host/db'")).not.toContain('hunter2')
})
