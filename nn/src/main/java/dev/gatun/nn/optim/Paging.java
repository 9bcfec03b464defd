package dev.gatun.nn.optim;

/// How often state came from a file and went there, in runs of 2 MiB.
///
/// @param pageIns runs brought to memory
/// @param pageOuts runs written to the file and given up
/// @param residentBytes what is in memory now, of the state that may leave it
/// @param peakResidentBytes the most there was of it
public record Paging(long pageIns, long pageOuts, long residentBytes, long peakResidentBytes) {}
