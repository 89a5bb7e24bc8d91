/** What Fabric's protobuf messages use of google-protobuf, which comes without types. */
declare module 'google-protobuf' {
  /** Base of all messages. */
  export class Message {
    serializeBinary(): Uint8Array;
  }

  /** A map field. */
  export class Map<Key, Value> {
    get(key: Key): Value | undefined;
    keys(): MapIterator<Key>;
    entries(): MapIterator<[Key, Value]>;
  }
}

declare module 'google-protobuf/google/protobuf/timestamp_pb' {
  import { Message } from 'google-protobuf';

  /** Seconds and nanoseconds since 1970. */
  export class Timestamp extends Message {
    getSeconds(): number;
    getNanos(): number;
  }
}
