/**
 * Loaded before the analyzer (`node --import`) as a bug. A text with `[kills]` ends the process at once, one with
 * `[throws]` by an error, wherever such a text is cleaned; what is plain ASCII needs no cleaning.
 */
const prototype = Object.getPrototypeOf('')
const { toWellFormed } = prototype
prototype.toWellFormed = function () {
  if (this.includes('[kills]')) process.kill(process.pid, 'SIGKILL')
  if (this.includes('[throws]')) throw new Error('a bug at a certain text')
  return toWellFormed.call(this)
}
