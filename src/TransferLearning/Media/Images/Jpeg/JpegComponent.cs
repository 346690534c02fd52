namespace TransferLearning;

/// <summary>One colour component of a JPEG file and the tables of its scan.</summary>
/// <param name="Across">How many blocks it has across in a coded unit.</param>
/// <param name="Down">How many blocks it has down in a coded unit.</param>
/// <param name="Quantization">What each coefficient is multiplied with, in the order of the file, and padded with zeros.</param>
/// <param name="Dc">The code of the first coefficients.</param>
/// <param name="Ac">The code of the others.</param>
internal sealed record JpegComponent(int Across, int Down, int[] Quantization, HuffmanTable Dc, HuffmanTable Ac);
