// What the service's states, times and sizes are called in front of people. No DOM in here.

const deadReasons = {
  rejected: 'refused by the service',
  expired: 'deadline passed',
  cancelled: 'cancelled',
  maybe_delivered: 'may have arrived, not repeated',
  dropped: 'put away',
};

const holdReasons = {
  auth: 'token refused',
  token: 'token refused',
  token_refused: 'token refused',
};

/** "3 s", "2 min": how long until something happens. Never negative. */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** What a hold is called: "token refused" for the reasons that mean it, else the reason itself. */
export function holdWords(reason) {
  if (!reason) return 'held';
  const name = /^[a-z_]+$/.test(reason) ? reason.replaceAll('_', ' ') : reason;
  return `held: ${holdReasons[reason] ?? name}`;
}

const roomHolds = {
  webex_room_not_found: 'room not found',
  http_403: 'not allowed in this room',
  http_404: 'room not found',
  http_410: 'room is gone',
};

function pendingWords(delivery, hold, now) {
  const wait = (delivery.due ?? 0) - now;
  if (hold?.held) return { text: holdWords(hold.reason), tone: 'held' };
  if (delivery.held) {
    return { text: `held: ${roomHolds[delivery.rule] ?? 'its room refuses'}`, tone: 'held' };
  }
  const attempts = delivery.attempts ?? 0;
  if (attempts > 0) {
    const when = wait > 0 ? `in ${span(wait)}` : 'now';
    return { text: `waiting, attempt ${attempts + 1} ${when}`, tone: 'waiting' };
  }
  if (wait > 0 && delivery.status === 429) {
    return { text: `asked to wait, again in ${span(wait)}`, tone: 'waiting' };
  }
  if (wait > 0) return { text: `waiting, due in ${span(wait)}`, tone: 'waiting' };
  return { text: 'waiting for its turn', tone: 'waiting' };
}

/**
 * The state of one delivery in words and its tone: good, waiting, busy, held or bad. `hold` is the
 * hold of the whole queue; `now` is in milliseconds since 1970, as are the delivery's times.
 */
export function deliveryWords(delivery, hold, now) {
  switch (delivery.state) {
    case 'delivered':
      return {
        text: delivery.confirmedLate ? 'delivered (confirmed late)' : 'delivered',
        tone: 'good',
      };
    case 'pending':
      return pendingWords(delivery, hold, now);
    case 'sending':
      return {
        text: delivery.attempts > 1 ? `sending, attempt ${delivery.attempts}` : 'sending',
        tone: 'busy',
      };
    case 'uncertain':
      return { text: 'uncertain: looking whether it arrived', tone: 'waiting' };
    case 'dead':
      return {
        text: `given up: ${deadReasons[delivery.reason] ?? (delivery.reason || 'no reason given')}`,
        tone: 'bad',
      };
    default:
      return { text: String(delivery.state), tone: 'waiting' };
  }
}

/** "1 attempt", "3 attempts"; empty for none. */
export function attemptWords(count) {
  if (!count) return '';
  return count === 1 ? '1 attempt' : `${count} attempts`;
}

/** A request path short enough for one line: long ids are cut to their last six characters. */
export function shortPath(path) {
  const [route, query] = path.split('?', 2);
  const short = route
    .split('/')
    .map((part) => (part.length > 24 ? `…${part.slice(-6)}` : part))
    .join('/');
  if (!query) return short;
  const names = query.split('&').map((pair) => pair.split('=', 1)[0]);
  return `${short}?${names.join('&')}`;
}

/** How the sandbox answered: good, waiting (try again), bad, or lost when no answer went out. */
export function requestTone(request) {
  const status = request.status;
  const isLost = /answer lost|never answered/.test(request.outcome ?? '');
  if (status === null || status === undefined || isLost) return 'lost';
  if (status === 429 || status >= 500) return 'waiting';
  return status >= 400 ? 'bad' : 'good';
}

/** 1536 -> "1.5 kB". */
export function sizeWords(bytes) {
  if (!Number.isFinite(bytes) || bytes < 0) return '';
  if (bytes < 1000) return `${bytes} B`;
  const kilo = bytes / 1000;
  if (kilo < 1000) return `${kilo < 10 ? kilo.toFixed(1) : Math.round(kilo)} kB`;
  return `${(kilo / 1000).toFixed(1)} MB`;
}

/** Two letters for a name: first of the first and of the last word. */
export function initials(name) {
  const words = String(name ?? '').trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return '?';
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : ''];
  return letters.map((word) => [...word][0] ?? '').join('').toUpperCase();
}

/** A number from 0 to 5 that is always the same for the same name: the colour of an avatar. */
export function hue(name) {
  let sum = 0;
  for (const char of String(name ?? '')) sum = (sum * 31 + char.codePointAt(0)) % 9973;
  return sum % 6;
}

const two = (number) => String(number).padStart(2, '0');

/** "14:05" in the reader's zone; with seconds where order within a minute matters. */
export function clockTime(time, withSeconds = false) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return withSeconds ? `${minutes}:${two(date.getSeconds())}` : minutes;
}

/** "Today", "Yesterday" or a date. */
export function dayName(time, now) {
  const date = new Date(time);
  const midnight = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const days = Math.round((midnight(new Date(now)) - midnight(date)) / 86_400_000);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleDateString('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: sameYear ? undefined : 'numeric',
  });
}

/** Last activity of a room in at most six characters or so: "now", "5 min", "14:05", "3 Nov". */
export function agoWords(time, now) {
  const then = new Date(time).getTime();
  if (!time || Number.isNaN(then)) return '';
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  if (dayName(time, now) === 'Today') return clockTime(time);
  return new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}
