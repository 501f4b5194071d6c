// How thorough the tests inside XS are; the image for rv32, which is emulated, carries a smaller number (image.ts).

/** runs of a property */
export const PROPERTY_RUNS = 25;
