// The sandbox's own interface, as this page uses it. All answers are JSON.

/** A call that did not work: `message` is a sentence for people, `status` 0 when nobody answered. */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

const answerWithinMs = 15_000;

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(answerWithinMs),
      cache: 'no-store',
    });
  } catch {
    throw new ApiError('The sandbox does not answer.', 0);
  }
  const text = await response.text().catch(() => '');
  let answer = null;
  try {
    answer = text === '' ? null : JSON.parse(text);
  } catch {
    // Judged by the status alone below.
  }
  if (!response.ok) {
    const why = typeof answer?.message === 'string' ? answer.message : `status ${response.status}`;
    throw new ApiError(`The sandbox refused: ${why}`, response.status);
  }
  return answer;
}

const room = (id) => `/sandbox/rooms/${encodeURIComponent(id)}/messages`;

export const readState = () => call('GET', '/sandbox/state');
export const readMessages = (roomId) => call('GET', `${room(roomId)}?limit=200`);
export const postMessage = (roomId, text, parentId) =>
  call('POST', room(roomId), parentId ? { text, parentId } : { text });
export const pressButton = (messageId, inputs) =>
  call('POST', '/sandbox/actions', { messageId, inputs });
export const setTrouble = (mode, seconds) => call('PUT', '/sandbox/trouble', { mode, seconds });

export const readFaults = () => call('GET', '/sandbox/faults');
/** `plan` is JSON text, sent as it was written, so that the sandbox judges it. */
export const setFaults = (plan) => call('PUT', '/sandbox/faults', plan);

/** The bot's latest deliveries, from its own address; null when it does not answer. */
export async function readDeliveries(botUrl) {
  try {
    const response = await fetch(`${botUrl}/deliveries?limit=30`, {
      signal: AbortSignal.timeout(3000),
      cache: 'no-store',
    });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
