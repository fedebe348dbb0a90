type Fields = Record<string, unknown>;

/** A line of the log; json-console.mjs makes JSON of it in the image, and `next dev` shows it as it is. */
export const log = {
  info: (message: string, fields: Fields = {}) => console.info(message, fields),
  error: (message: string, fields: Fields = {}) => console.error(message, fields),
};
