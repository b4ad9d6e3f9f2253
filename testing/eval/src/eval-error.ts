/** What the person who runs the evaluation can put right. Its message says what; it comes without a stack. */
export class EvalError extends Error {
  override name = 'EvalError'

  constructor(message: string) {
    super(message)
    this.stack = `${this.name}: ${message}`
  }
}
