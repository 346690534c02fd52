namespace TransferLearning;

/// <summary>The two 8-bit codes of telephone lines (ITU-T G.711).</summary>
internal static class TelephoneCode
{
    public static float FromMuLaw(byte code)
    {
        int inverted = ~code;
        int magnitude = ((((inverted & 0x0F) << 3) + 0x84) << ((inverted >> 4) & 7)) - 0x84;
        return ((inverted & 0x80) != 0 ? -magnitude : magnitude) / 32768f;
    }

    public static float FromALaw(byte code)
    {
        int flipped = code ^ 0x55;
        int exponent = (flipped >> 4) & 7;
        int mantissa = ((flipped & 0x0F) << 4) + 8;
        int magnitude = exponent == 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
        return ((flipped & 0x80) != 0 ? magnitude : -magnitude) / 32768f;
    }
}
