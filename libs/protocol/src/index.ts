// protocol
export {};
