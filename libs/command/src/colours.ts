// Colours on terminals only.

import picocolors from 'picocolors';

/** Colours for a stream: none where nobody sees them, or where NO_COLOR is set. */
export function coloursFor(stream: NodeJS.WriteStream): ReturnType<typeof picocolors.createColors> {
  return picocolors.createColors(stream.isTTY === true && !process.env.NO_COLOR);
}
