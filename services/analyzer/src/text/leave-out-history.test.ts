import { describe, expect, test } from 'vitest'
import { HISTORY_OMITTED, leaveOutHistory } from './leave-out-history.ts'

const omitted = (own: string) => `${own}\n${HISTORY_OMITTED}`

describe('the history that a mail quotes, and its signature, are left out', () => {
  test.each([
    ['lines with a mark', 'Still broken.\n\nOn Mon, 5 Jan 2026, Shop wrote:\n> Dear Ana\n> > old', 'Still broken.\n'],
    [
      'an introduction in two lines',
      'Still broken.\nOn Mon, 5 Jan 2026 at 10:00 Shop <\nhelp@shop.example> wrote:\n> Dear Ana',
      'Still broken.',
    ],
    [
      'no marks',
      'Noch kaputt.\nAm 5. Januar 2026 um 10:00 schrieb Shop <a@b.example>:\nHallo Ana\nGrüße',
      'Noch kaputt.',
    ],
    ['a separator', 'Toujours cassé.\n-----Message d’origine-----\nDe : Shop\nBonjour', 'Toujours cassé.'],
    ['headers', 'Sigue roto.\nDe: Shop\nEnviado: lunes\nPara: Ana\nAsunto: Pedido\nHola Ana', 'Sigue roto.'],
    ['a signature', 'Still broken.\n-- \nAna Diaz\nHead of Lamps', 'Still broken.'],
    ['a signature of a phone', 'Still broken.\nSent from my iPhone', 'Still broken.'],
  ])('%s', (_what, text, own) => {
    expect(leaveOutHistory(text)).toBe(omitted(own))
  })

  test('answers between the quoted lines, and below them, stay', () => {
    const text = 'On Mon, Jan 5, 2026, Shop wrote:\n> Is it plugged in?\nYes, of course.\n> And switched on?\nTwice.'
    expect(leaveOutHistory(text)).toBe(`${HISTORY_OMITTED}\nYes, of course.\n${HISTORY_OMITTED}\nTwice.`)
  })
})

describe('what is no history stays as it is', () => {
  test.each([
    ['a mail that only passes one on', '---------- Forwarded message ---------\n> We refuse to pay.'],
    ['nothing but a quote', '> Is it plugged in?'],
    ['someone who tells what was said', 'Ana wrote:\nthe lamp is fine'],
    ['a list with a sender', 'From: Berlin\nI travel on Monday'],
    ['a dash', 'Two things:\n- the lamp\n- the bulb'],
  ])('%s', (_what, text) => {
    expect(leaveOutHistory(text)).toBe(text)
  })
})

test.each(['> a\n', 'On 1 wrote:\n', 'From: a\nTo: b\n', '--\n', `On 1${'wrote '.repeat(50)}\n`, '\n', '_'.repeat(30)])(
  'a row of %j ends (I8)',
  (unit) => {
    const text = `mine\n${unit.repeat(Math.ceil(2 ** 17 / unit.length))}`
    expect(leaveOutHistory(text).length).toBeLessThanOrEqual(text.length + HISTORY_OMITTED.length)
  },
)
