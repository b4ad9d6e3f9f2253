import { expect, test } from 'vitest'
import { createLeases } from './lease.ts'

test('before the first join nothing is ours', () => {
  expect(createLeases().current().signal.aborted).toBe(true)
})

test('(I2) a join ends the lease before it, even when the same partitions come back', () => {
  const leases = createLeases()
  const first = leases.renew()
  const second = leases.renew()
  expect(first.signal.aborted).toBe(true)
  expect(second.signal.aborted).toBe(false)
  expect(second.epoch).toBeGreaterThan(first.epoch)
  expect(leases.isNewest(first)).toBe(false)
})

test('(I5) while a rebalance runs, work in flight may still commit; after the join it may not', () => {
  const leases = createLeases()
  const lease = leases.renew()
  leases.lose()
  expect(lease.signal.aborted).toBe(true)
  expect(leases.isNewest(lease)).toBe(true)
  leases.renew()
  expect(leases.isNewest(lease)).toBe(false)
})
