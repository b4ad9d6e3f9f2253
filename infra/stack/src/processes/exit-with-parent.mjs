/**
 * Preloaded into every supervised process (`node --import`): when the supervisor is gone, killed without a chance to
 * stop its children, its end of the IPC channel closes and the process stops itself as if asked to.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
