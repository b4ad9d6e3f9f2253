import { Partitioners, type PartitionerArgs } from 'kafkajs'

/**
 * Keyed records go where Java's default partitioner puts them (murmur2). A record without a key gets a partition once
 * and keeps it: a retry that chose again would shift the sequence numbers of two partitions, and the broker would then
 * drop records as duplicates.
 */
export function createPartitioner(): (args: PartitionerArgs) => number {
  const byKey = Partitioners.DefaultPartitioner()
  const chosen = new WeakMap<object, number>()
  let turn = 0
  return (args) => {
    if (args.message.key !== null && args.message.key !== undefined) return byKey(args)
    let partition = chosen.get(args.message)
    if (partition === undefined) {
      partition = args.partitionMetadata[turn++ % args.partitionMetadata.length]?.partitionId ?? 0
      chosen.set(args.message, partition)
    }
    return partition
  }
}
