// The vector files of an image, path → text. This one is empty: image.ts writes the real one into each image.

export const files: ReadonlyMap<string, string> = new Map();
