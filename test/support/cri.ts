// A client of the Container Runtime Interface: what the kubelet says to containerd.
import { join } from 'node:path';
import { type Client, credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** In milliseconds, for one answer. */
const PATIENCE = 60_000;

/** A message as cri.proto has it, its fields in camelCase, enumerations by name, 64-bit numbers as text. */
export type Message = Readonly<Record<string, unknown>>;

export interface Cri {
  /**
   * One call, such as `RunPodSandbox`.
   * @throws ServiceError with what the server says.
   */
  readonly call: <Answer = Message>(method: string, request: Message) => Promise<Answer>;
  readonly close: () => void;
}

type Unary = (
  request: Message,
  options: { readonly deadline: number },
  done: (error: ServiceError | null, answer: unknown) => void,
) => void;

/** Connects to the socket of a server; the first call tells whether there is one. */
export function connectCri(socket: string): Cri {
  const definition = loadSync(join(import.meta.dirname, 'cri.proto'), { longs: String, enums: String, defaults: true });
  // The types of a loaded file are not known to the compiler.
  const { runtime } = loadPackageDefinition(definition) as unknown as {
    readonly runtime: { readonly v1: { readonly RuntimeService: new (...args: unknown[]) => Client } };
  };
  const client = new runtime.v1.RuntimeService(`unix:${socket}`, credentials.createInsecure());
  const methods = client as unknown as Readonly<Record<string, Unary>>;
  return {
    call: <Answer>(method: string, request: Message) =>
      new Promise<Answer>((resolve, reject) => {
        const done = (error: ServiceError | null, answer: unknown) =>
          error === null ? resolve(answer as Answer) : reject(error);
        methods[method]?.call(client, request, { deadline: Date.now() + PATIENCE }, done);
      }),
    close: () => client.close(),
  };
}
