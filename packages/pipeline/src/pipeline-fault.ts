/** Something that an operator can put right; the message says what is wrong and what to do. */
export class PipelineFault extends Error {
  override name = 'PipelineFault'
}
