namespace TransferLearning;

/// <summary>The fields of a TIFF directory that decide how pixels are stored (TIFF 6.0, Adobe 1992).</summary>
internal enum TiffTag
{
    NewSubfileType = 254,
    Width = 256,
    Height = 257,
    BitsPerSample = 258,
    Compression = 259,
    Photometric = 262,
    FillOrder = 266,
    StripOffsets = 273,
    Orientation = 274,
    SamplesPerPixel = 277,
    RowsPerStrip = 278,
    StripByteCounts = 279,
    PlanarConfiguration = 284,
    Predictor = 317,
    ColorMap = 320,
    TileWidth = 322,
    TileOffsets = 324,
    ExtraSamples = 338,
    SampleFormat = 339,
    JpegTables = 347,
    YCbCrSubsampling = 530,
    CfaPattern = 33422,
    DngVersion = 50706,
}
