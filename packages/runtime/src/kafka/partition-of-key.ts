import kafkajs from 'kafkajs'

const partitioner = kafkajs.Partitioners.DefaultPartitioner()

/** The partition that Kafka's default partitioner gives a key, of a topic with so many partitions. */
export function createPartitionOfKey(partitions: number): (key: string) => number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 0,
    replicas: [],
    isr: [],
  }))
  return (key) => partitioner({ topic: '', partitionMetadata, message: { key, value: null } })
}
