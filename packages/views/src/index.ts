export const VIEWS_VERSION = '0.1.0';
