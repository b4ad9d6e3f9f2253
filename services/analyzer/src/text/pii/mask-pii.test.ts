import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanText } from '../clean-text.ts'
import { maskPii, PII_KINDS, type PiiKind } from './mask-pii.ts'

/** As the analyzer calls it. */
const mask = (text: string) => maskPii(cleanText(text))

const EMAILS = [
  ['Write to jane.doe@example.com, please.', 'Write to [email], please.'],
  ['jane+shop@mail.example.co.uk', '[email]'],
  ["Mail: <o'brien@example.org>!", 'Mail: <[email]>!'],
  ['jürgen.müller@müller.de', '[email]'],
  ['почта@пример.рф', '[email]'],
  ['我的邮箱是user@example.com谢谢', '我的邮箱是[email]谢谢'],
  ['用户@例子.公司', '[email]'],
  ['"john doe"@example.com wrote', '[email] wrote'],
  ['john [at] example [dot] com', '[email]'],
  ['mailto:a.b@c.example?subject=x', 'mailto:[email]?subject=x'],
  ['https://shop.example/?email=a@b.example&x=1', 'https://shop.example/?email=[email]&x=1'],
  ['Contact:john_doe99@sub.domain.example.', 'Contact:[email].'],
  ['a@b.co;c@d.co', '[email];[email]'],
  ['ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ', '[email]'],
  ['user@xn--bcher-kva.xn--p1ai', '[email]'],
] as const

const PHONES = [
  ['+49 171 1234567', '[phone]'],
  ['Call +1 (415) 555-2671 now', 'Call [phone] now'],
  ['+44 20 7946 0958', '[phone]'],
  ['0044 20 7946 0958', '[phone]'],
  ['+49 (0)30 1234567', '[phone]'],
  ['(+33) 6 12 34 56 78', '[phone]'],
  ['(+33 6 12 34 56 78)', '([phone])'],
  ['+33612345678', '[phone]'],
  ['+91 98765 43210', '[phone]'],
  ['+972 50-123-4567', '[phone]'],
  ['+7 (495) 123-45-67', '[phone]'],
  ['+81 90 1234 5678', '[phone]'],
  ['＋８１ ９０ １２３４ ５６７８', '[phone]'],
  ['+55 11 98765-4321', '[phone]'],
  ['+49 171 1234567,+49 172 7654321', '[phone],[phone]'],
  ['06 12 34 56 78', '[phone]'],
  ['06.12.34.56.78', '[phone]'],
  ['030/12345678', '[phone]'],
  ['0171-1234567 0172 7654321', '[phone] [phone]'],
  ['(020) 7946 0958', '[phone]'],
  ['07911 123456', '[phone]'],
  ['(415) 555-2671', '[phone]'],
  ['415-555-2671', '[phone]'],
  ['1-800-555-0199', '[phone]'],
  ['415.555.2671', '[phone]'],
  ['my number is 555-123-4567.', 'my number is [phone].'],
  ['612 345 678', '[phone]'],
  ['91 123 45 67', '[phone]'],
  ['(11) 98765-4321', '[phone]'],
  ['138 1234 5678', '[phone]'],
  ['电话13812345678谢谢', '电话[phone]谢谢'],
  ['98765 43210', '[phone]'],
  ['8 (912) 345-67-89', '[phone]'],
  ['89123456789', '[phone]'],
  ['090-1234-5678', '[phone]'],
  ['0532 123 45 67', '[phone]'],
  ['06-12345678', '[phone]'],
  ['Tel. 12345678', 'Tel. [phone]'],
  ['Telefon: 12 34 56 78', 'Telefon: [phone]'],
  ['call me at 4155552671', 'call me at [phone]'],
  ['phone: 555-1234', 'phone: [phone]'],
  ['my number 555-0142', 'my number [phone]'],
  ['هاتف ٠٥٠١٢٣٤٥٦٧', 'هاتف [phone]'],
  ['رقم الجوال +٩٦٦ ٥٠ ١٢٣ ٤٥٦٧', 'رقم الجوال [phone]'],
  ['फ़ोन ९८७६५४३२१०', 'फ़ोन [phone]'],
] as const

const IBANS = [
  ['DE89 3704 0044 0532 0130 00', '[iban]'],
  ['DE89370400440532013000', '[iban]'],
  ['IBAN: GB82 WEST 1234 5698 7654 32 please', 'IBAN: [iban] please'],
  ['fr14 2004 1010 0505 0001 3M02 606', '[iban]'],
  ['NL91ABNA0417164300.', '[iban].'],
  ['NO93 8601 1117 947', '[iban]'],
] as const

const CARDS = [
  ['4111 1111 1111 1111', '[card]'],
  ['4111-1111-1111-1111', '[card]'],
  ['card 4111111111111111, exp 04/28', 'card [card], exp 04/28'],
  ['5500 0000 0000 0004 12/27 123', '[card] 12/27 123'],
  ['3782 822463 10005', '[card]'],
  ['6011111111111117', '[card]'],
  ['30569309025904', '[card]'],
  ['3530111333300000', '[card]'],
  ['order 4111 1111 1111 1111', 'order [card]'],
  ['٤١١١ ١١١١ ١١١١ ١١١١', '[card]'],
] as const

const ORDERS = [
  ['order 123456', 'order [order number]'],
  ['Order #12345678', 'Order #[order number]'],
  ['order no. 4711', 'order no. [order number]'],
  ['my order number is 100-2345', 'my order number is [order number]'],
  ['I returned the order you sent last week (30012345)', 'I returned the order you sent last week ([order number])'],
  ['orders 123456, 123457 and 123458', 'orders [order number], [order number] and [order number]'],
  ['12345678 is my order number', '[order number] is my order number'],
  ['invoice: 90210776', 'invoice: [order number]'],
  ['customer ID: AB12345', 'customer ID: [order number]'],
  ['case number: 00412345', 'case number: [order number]'],
  ['tracking number 9400 1000 0000 0000 0000 00', 'tracking number [order number]'],
  ['order id 550e8400-e29b-41d4-a716-446655440000', 'order id [order number]'],
  ['order number 0301234567', 'order number [order number]'],
  ['Bestellung 123456789', 'Bestellung [order number]'],
  ['Bestellnummer: 2024-55512', 'Bestellnummer: [order number]'],
  ['Bestell-Nr. 55512', 'Bestell-Nr. [order number]'],
  ['Auftragsnummer lautet 778899', 'Auftragsnummer lautet [order number]'],
  ['Rechnung Nr. 20241125-01', 'Rechnung Nr. [order number]'],
  ['Rechnungsnummer RE-2024-0815', 'Rechnungsnummer [order number]'],
  ['Kundennummer 123 456 789', 'Kundennummer [order number]'],
  ['commande n° 123456', 'commande n° [order number]'],
  ['numéro de commande : 123456', 'numéro de commande : [order number]'],
  ['pedido n.o 123456', 'pedido n.o [order number]'],
  ['número de pedido: 445566', 'número de pedido: [order number]'],
  ["numero d'ordine 123456", "numero d'ordine [order number]"],
  ['bestelling 1234567', 'bestelling [order number]'],
  ['klantnummer 887766', 'klantnummer [order number]'],
  ['zamówienie nr 123456', 'zamówienie nr [order number]'],
  ['sipariş no 123456', 'sipariş no [order number]'],
  ['номер заказа 1234567', 'номер заказа [order number]'],
  ['заказ № 123456', 'заказ No [order number]'],
  ['订单号：202411250001', '订单号:[order number]'],
  ['注文番号は123-4567890です', '注文番号は[order number]です'],
  ['주문번호 20241125001', '주문번호 [order number]'],
  ['رقم الطلب ١٢٣٤٥٦٧', 'رقم الطلب [order number]'],
  ['ORD-2024-000123', '[order number]'],
  ['INV-000123', '[order number]'],
  ['#12345678', '#[order number]'],
  ['1Z999AA10123456784', '[order number]'],
  ['112-1234567-1234567', '[order number]'],
  ['RR123456785DE', '[order number]'],
  ['Ticket INC0012345', 'Ticket [order number]'],
] as const

const LOOK_ALIKES = [
  ['1.299,00 EUR', '$1,299.99', '49,90', 'It costs 1 299 000 kr', '1.000.000.000 EUR', '12 345 678,50 €', "12'345'678"],
  ['612 345 678 EUR', '612.345.678', '1 000 000 000', '10 000 000 users', '+10 000 000', '+20 000 000 €', '12990 EUR'],
  ['2026-11-25', '25.11.2026 14:30', '11/25/2026', '2026-11-25T14:30:00.000Z', '20261125', 'between 1990 and 2024'],
  [
    '2024 2025 2026 2027',
    '02:15:33.123',
    'UTC+01:00',
    '09-12 13-17',
    '1732545000',
    '1732545000123',
    'call me on 25.11.2026 14:30',
  ],
  ['100 %', '99.99%', '12,5 %', '4.5 out of 5', '3:2', '24/7', '1-2-3-4-5-6-7-8-9-10', '2 + 2 = 4', '1000 * 12 / 3'],
  ['v2.14.3', '10.0.19045', '10.0.19045.3803', 'Chrome 120.0.6099.109', 'Windows 11 23H2', 'USB 3.2 Gen 2'],
  ['192.168.100.200', '192.168.1.1:8080', '255.255.255.255', '2001:0db8:85a3:0000:0000:8a2e:0370:7334', 'port 8080'],
  [
    '12 mm',
    '500 GB',
    '1920x1080',
    '3840 x 2160',
    '210 x 297',
    '2x4x8',
    'H7 bulb 12V 55W',
    '8 GB RAM, 256 GB SSD',
    '1,5 kg',
  ],
  ['iPhone 15 Pro', 'RTX 4090', 'WH-1000XM5', 'I want to order WH-1000XM5', 'an order of 2 RTX 4090', 'DDR5-6000'],
  [
    '0x80070057',
    'HTTP 503',
    'ORA-01555',
    'KB5005565',
    'CVE-2024-12345',
    'ISO-9001',
    'RFC-2616',
    'error 1603',
    'E-1045',
  ],
  ['550e8400-e29b-41d4-a716-446655440000', '12345678-1234-1234-1234-123456789012', '9fceb02'],
  [
    '9fceb02d0ae598e95dc970b74767f19372d61af8',
    'ISBN 978-3-16-148410-0',
    'ISBN 978-3-16-148410-1',
    'ISBN 0-306-40615-2',
  ],
  ['4111 1111 1111 1112', '4111111111111112', '1200 1300 1400 1500', '4006381333931', '1234567812345670'],
  ['DE89 3704 0044 0532 0130 01', 'GB82WEST12345698765433', 'RR123456786DE'],
  ['52.520008, 13.404954', '-33.8688, 151.2093', '3.14159265358979', '0.123456789', '5+123456789'],
  ['10115 Berlin', '75008 Paris', '94107-1234', 'SW1A 1AA', 'room 4012', 'LH 1234', 'BA0117', 'gate B22'],
  [
    '@handle',
    '@user.name',
    'user@',
    '@user@mastodon.example',
    'root@localhost',
    'lodash@4.17.21',
    'git@host.example:foo/bar',
  ],
  [
    'order 66',
    'order 2024',
    'order 10000 units',
    'orders from 2026-11-25',
    'invoice from 25.11.2026',
    'order placed at 14:30',
  ],
  [
    'invoice of 1.299,00 EUR',
    'Rechnung über 12990 EUR',
    'ticket 24/7',
    'the order was 12345,67 EUR',
    'the account has 12345 points',
  ],
  ['issue #42', '#2024', '#1', '#336699', '#ff8800', 'No. 5', 'pages 120-135', 'size 38-40', '150000', '5 stars'],
].flat()

describe('what names a person is masked', () => {
  const all: Record<PiiKind, readonly (readonly [string, string])[]> = {
    email: EMAILS,
    phone: PHONES,
    iban: IBANS,
    card: CARDS,
    order: ORDERS,
  }
  describe.each(PII_KINDS)('%s', (kind) => {
    test.each(all[kind])('%s', (text, masked) => {
      expect(mask(text).text).toBe(masked)
      expect(mask(text).counts).toEqual({ [kind]: masked.split('[').length - 1 })
      expect(mask(`Hello ${text}\nThanks`).text, 'within a text').toContain(masked)
    })
  })

  test('each kind is counted, and nothing of it is left', () => {
    const text =
      'jane@example.com, +49 171 1234567, 0171 7654321, DE89 3704 0044 0532 0130 00, 4111 1111 1111 1111, order no. 12345'
    expect(maskPii(text)).toEqual({
      text: '[email], [phone], [phone], [iban], [card], order no. [order number]',
      counts: { email: 1, phone: 2, iban: 1, card: 1, order: 1 },
    })
  })

  test('the same word stands for every occurrence, so that nothing tells two people apart', () => {
    expect(maskPii('a@b.co a@b.co c@d.co').text).toBe('[email] [email] [email]')
  })
})

describe('what only looks like it stays, or the model would judge a price as a secret', () => {
  test.each(LOOK_ALIKES)('%s', (text) => {
    expect(mask(text)).toEqual({ text: cleanText(text), counts: {} })
    const within = `It says ${text} here.`
    expect(mask(within).text, 'within a text').toBe(within)
  })
})

const fragment = fc.oneof(
  fc.constantFrom(...[...EMAILS, ...PHONES, ...IBANS, ...CARDS, ...ORDERS].map(([text]) => text), ...LOOK_ALIKES),
  fc.constantFrom(
    'order',
    'order no.',
    'Tel.',
    '#',
    '+',
    '(',
    ')',
    '-',
    '.',
    '@',
    '/',
    ' ',
    ',',
    '0',
    '49',
    '12345',
    '[',
    ']',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)
const anyText = fc
  .array(fragment, { maxLength: 12 })
  .chain((parts) => fc.constantFrom(' ', '', '\n', ', ').map((by) => parts.join(by)))

test('masking twice is masking once: a conversation that comes again is the same one', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const once = maskPii(text)
      expect(maskPii(once.text)).toEqual({ text: once.text, counts: {} })
    }),
    { numRuns: 3_000 },
  )
})

test('whatever comes in, well-formed text comes out well-formed', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: 'binary' })), (text) => {
      expect(maskPii(text).text.isWellFormed()).toBe(text.isWellFormed())
    }),
  )
})

/** Guards against hanging, not benchmarks: an expression that tries all ways would take hours. */
const HOSTILE = [
  '7',
  '1-',
  '1 ',
  '12 ',
  '0171 ',
  '@',
  'a@',
  'a@b.',
  '"@',
  '+49 ',
  '(0',
  ') ( 1',
  '4111 1111 1111 1112 ',
  'DE89 ',
  'order ',
  'order no is is ',
  '#12345 ',
  'A-',
  'tel tel 1 ',
  'a [at] ',
  '٠١٢ ',
]
test.each(HOSTILE)('a quarter of a megabyte of %j ends', (unit) => {
  const text = unit.repeat(Math.ceil(2 ** 18 / unit.length))
  expect(maskPii(text).text.length).toBeGreaterThan(0)
})
test('two megabytes of digits, dashes and at signs end', () => {
  const text = HOSTILE.map((unit) => unit.repeat(Math.ceil(2 ** 21 / HOSTILE.length / unit.length))).join('')
  expect(text.length).toBeGreaterThanOrEqual(2 ** 21)
  expect(maskPii(text).text.length).toBeGreaterThan(0)
}, 60_000)

test('behind hundreds of numbers that might be phone numbers, one is still masked (I8)', () => {
  const { text } = maskPii(`${'0012 0012, '.repeat(1_000)}call +49 171 1234567 or 555-123-4567 please`)
  expect(text).toMatch(/call \[phone\] or \[phone\] please$/)
})
