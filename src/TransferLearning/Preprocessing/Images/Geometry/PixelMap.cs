namespace TransferLearning;

/// <summary>
/// A map of positions: x' = (Xx x + Xy y + X0) / w and y' = (Yx x + Yy y + Y0) / w with w = Wx x + Wy y + 1; affine where Wx and Wy are 0.
/// </summary>
internal readonly record struct PixelMap(double Xx, double Xy, double X0, double Yx, double Yy, double Y0, double Wx = 0, double Wy = 0)
{
    public bool IsAffine => Wx == 0 && Wy == 0;

    public (double X, double Y) At(double x, double y)
    {
        double mappedX = (Xx * x) + (Xy * y) + X0;
        double mappedY = (Yx * x) + (Yy * y) + Y0;
        if (IsAffine)
        {
            return (mappedX, mappedY);
        }

        double depth = (Wx * x) + (Wy * y) + 1;
        return (mappedX / depth, mappedY / depth);
    }
}
