/** A positive number from the command line. Throws what `parseArgs` throws for a bad option. */
export function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw badOption(`--${name} must be a number above 0, not ${JSON.stringify(text)}`)
  return value
}

/** `1,3,8` */
export function positiveList(name: string, text: string): number[] {
  return text.split(',').map((part) => positive(name, part))
}

export function badOption(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' })
}
