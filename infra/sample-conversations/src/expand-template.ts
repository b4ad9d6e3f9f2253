import type { Random } from './seeded-random.ts'

const innermostChoice = /\[([^[\]]*)\]/
const slot = /\{(\w+)\}/g

/**
 * Fills a template: of `[a|b|]` one alternative is taken, inner brackets first, and `{slot}` is replaced by its value.
 *
 * @throws when a slot has no value: a misspelt template must not reach a reader
 */
export function expandTemplate(template: string, slots: Readonly<Record<string, string>>, random: Random): string {
  let text = template
  for (let choice = innermostChoice.exec(text); choice !== null; choice = innermostChoice.exec(text)) {
    const taken = random.pick((choice[1] ?? '').split('|'))
    text = text.slice(0, choice.index) + taken + text.slice(choice.index + choice[0].length)
  }
  const filled = text.replaceAll(slot, (_match, name: string) => {
    const value = Object.hasOwn(slots, name) ? slots[name] : undefined
    if (value === undefined) throw new Error(`no value for {${name}} in: ${template}`)
    return value
  })
  return filled.replaceAll(/ {2,}/g, ' ').trim()
}
